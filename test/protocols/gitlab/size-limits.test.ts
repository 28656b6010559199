import { multipartSize } from "./cases/multipart.ts";
import { orderOfSize } from "./cases/order.ts";
import { sizeLimits } from "./cases/uploads.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: size limit of the instance", [...sizeLimits, ...orderOfSize, ...multipartSize]);
