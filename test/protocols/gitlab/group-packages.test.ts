import { groupPackages } from "./cases/group-packages.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: packages of groups", groupPackages);
