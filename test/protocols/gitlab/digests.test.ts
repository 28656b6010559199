import { digests } from "./cases/digests.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: digests", digests);
