import { order } from "./cases/order.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: order", order);
