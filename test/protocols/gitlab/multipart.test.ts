import { multipart, multipartOff } from "./cases/multipart.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: multipart", multipart);
runCases("GitLab dialect: multipart, stored as it comes", multipartOff, { settings: { STOWAGE_GITLAB_UNWRAP_FORMS: "false" } });
