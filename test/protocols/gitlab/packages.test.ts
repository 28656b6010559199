import { packageList } from "./cases/package-list.ts";
import { packageFiles } from "./cases/package-files.ts";
import { packageDelete } from "./cases/package-delete.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: Packages API", [...packageList, ...packageFiles, ...packageDelete]);
