import { routes } from "./cases/routes.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: routes", routes);
