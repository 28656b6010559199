import { userCases } from "./cases/users.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: users", userCases);
