import { memberCases } from "./cases/members.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: members", memberCases);
