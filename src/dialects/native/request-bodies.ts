import * as z from "zod";
import { duplicatePolicies, registryAccesses } from "../../core/domain.ts";
import { maxJobTokenSeconds, minJobTokenSeconds } from "../../core/operations/manage-job-tokens.ts";
import { maxReservationSeconds, minReservationSeconds } from "../../core/operations/reserve-version.ts";

const defaultSeconds = 3600;

/** Of a request for the next version. */
export const newReservation = z.strictObject({
  bump: z.enum(["major", "minor", "patch", "prerelease"]),
  first: z.string().max(255).nullable().default(null),
  preid: z.string().max(64).nullable().default(null),
  expires_in_seconds: z.int().min(minReservationSeconds).max(maxReservationSeconds).default(defaultSeconds),
});

/** `any` and `all` undo an inherited rule; null leaves the decision to what is inherited, like a field never set. */
export const settingsChanges = z.strictObject({
  duplicates: z.enum(duplicatePolicies).nullable().optional(),
  duplicate_exception_regex: z.string().nullable().optional(),
  versions: z.enum(["x.y.z", "any"]).nullable().optional(),
  keep_duplicated_files: z.union([z.int().min(1).max(10_000), z.literal("all")]).nullable().optional(),
  package_registry_access_level: z.enum(registryAccesses).nullable().optional(),
});

/** Of a request for a job token. */
export const newJobToken = z.strictObject({
  user: z.string().min(1).max(255),
  namespace: z.string().min(1).max(1024),
  expires_in_seconds: z.int().min(minJobTokenSeconds).max(maxJobTokenSeconds).default(defaultSeconds),
});
