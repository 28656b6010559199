import { duplicates } from "./cases/duplicates.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: duplicates", duplicates);
