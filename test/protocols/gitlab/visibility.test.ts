import { visibilityCases } from "./cases/visibility.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: visibility", visibilityCases);
