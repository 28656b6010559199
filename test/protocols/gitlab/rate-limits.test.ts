import { rateCases } from "./cases/instance.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: rate limits", rateCases, { settings: { STOWAGE_RATE_LIMIT_ANONYMOUS: "20", STOWAGE_RATE_LIMIT_SECONDS: "3600" } });
