import { deletes } from "./cases/deletes.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: deletes", deletes);
