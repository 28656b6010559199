import { uploads } from "./cases/uploads.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: uploads", uploads);
