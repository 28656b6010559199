import { settingCases } from "./cases/settings.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: settings of the native API", settingCases);
