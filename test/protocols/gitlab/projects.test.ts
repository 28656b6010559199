import { projectChangeCases } from "./cases/project-changes.ts";
import { projectCases } from "./cases/projects.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: projects", [...projectCases, ...projectChangeCases]);
