import { instanceCases } from "./cases/instance.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: instance", instanceCases);
