import { downloads } from "./cases/downloads.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: downloads", downloads);
