import { actsAsAdministrator, type Actor } from "../actor.ts";
import type { Limits } from "../domain.ts";
import { effectiveLimits, type Usage } from "../ports/namespace-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistrySettings } from "../registry-dependencies.ts";
import type { NamespaceGrant } from "./open-namespace.ts";

/** The instance's limits for this publisher; null for administrators, who are exempt. */
export function limitsFor({ limits }: Pick<RegistrySettings, "limits">, actor: Actor): Limits | null {
  return actsAsAdministrator(actor) ? null : limits;
}

/** The most that an upload may hold, and the refusal of one that holds more. */
export interface UploadBound {
  readonly maxBytes: number;
  readonly refusal: RegistryError;
}

/**
 * What bounds the size of an upload, in the order in which they refuse: the bound for everyone, then the namespace's
 * limits for a file and for all its files. Judged by what the namespace holds now; the command that records the file
 * judges again.
 */
export function uploadBounds(
  maxUploadBytes: number | null,
  grant: NamespaceGrant,
  limits: Limits | null,
  usage: Usage,
): readonly UploadBound[] {
  const bounds: UploadBound[] = [];
  if (maxUploadBytes !== null) {
    const message = `upload exceeds the limit of ${maxUploadBytes} bytes`;
    bounds.push({ maxBytes: maxUploadBytes, refusal: new RegistryError("upload_too_large", message, { limit: maxUploadBytes }) });
  }
  if (limits === null) return bounds;
  const { fileBytes, ownerBytes } = effectiveLimits(grant.namespace.limits, limits);
  if (fileBytes !== null) bounds.push({ maxBytes: fileBytes, refusal: limitRefusal("limit_file_bytes", fileBytes) });
  if (ownerBytes !== null)
    bounds.push({ maxBytes: ownerBytes - usage.bytes, refusal: limitRefusal("limit_owner_bytes", ownerBytes) });
  return bounds;
}

/** The bound that an upload of unknown length meets first; null when there is none. */
export function tightestBound(bounds: readonly UploadBound[]): UploadBound | null {
  return bounds.reduce<UploadBound | null>((tightest, bound) => (tightest === null || bound.maxBytes < tightest.maxBytes ? bound : tightest), null);
}

/** The refusal for one of the three limits. */
export function limitRefusal(
  code: "limit_owner_versions" | "limit_owner_bytes" | "limit_file_bytes",
  limit: number,
): RegistryError {
  return new RegistryError(code, `a limit of ${limit} would be exceeded`, { limit });
}
