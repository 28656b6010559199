import { groupCases } from "./cases/groups.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: groups", groupCases);
