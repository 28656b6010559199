import { jobTokenCases, reservationCases } from "./cases/native.ts";
import { runCases } from "./run-cases.ts";

runCases("GitLab dialect: reservations and job tokens", [...jobTokenCases, ...reservationCases]);
