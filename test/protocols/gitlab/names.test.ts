import { names } from "./cases/names.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: names", names);
