import { credentials } from "./cases/credentials.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: credentials", credentials);
