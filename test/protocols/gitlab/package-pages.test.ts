import { packagePages } from "./cases/package-pages.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: Packages API: paging", packagePages);
