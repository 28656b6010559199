import type { Actor } from "../actor.ts";
import type { InstanceSettings, PackageKind } from "../ports/instance-settings-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies, RegistrySettings } from "../registry-dependencies.ts";
import { requireAdministrator } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata">;

/** The limits of file sizes for each kind of packages, in bytes; a missing one and 0 stand for none. */
export type FileLimits = InstanceSettings["maxFileBytes"];

/** The limits that an administrator has set. Throws `credentials_required`, `rights_missing`, `scope_missing`. */
export async function readFileLimits({ metadata }: Needs, actor: Actor): Promise<FileLimits> {
  requireAdministrator(actor, "read");
  return (await metadata.instance.read()).maxFileBytes;
}

/** Changes the limits that are given, for every upload that begins later. Throws `value_invalid` and what reading throws. */
export async function changeFileLimits(
  { metadata }: Needs,
  actor: Actor,
  changes: Readonly<Partial<Record<PackageKind, number>>>,
): Promise<FileLimits> {
  requireAdministrator(actor, "write");
  for (const [kind, bytes] of Object.entries(changes))
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new RegistryError("value_invalid", "the limit must be a whole number of bytes, 0 for none", { subject: kind });
  await metadata.instance.write({ maxFileBytes: changes });
  return (await metadata.instance.read()).maxFileBytes;
}

/** The most bytes that an upload from anyone may have: the operator's bound or the administrator's, whichever is tighter. */
export async function maxUploadBytes(
  { metadata }: Needs,
  settings: Pick<RegistrySettings, "maxUploadBytes">,
): Promise<number | null> {
  const fromAdministrator = (await metadata.instance.read()).maxFileBytes.generic_packages ?? 0;
  if (fromAdministrator === 0) return settings.maxUploadBytes;
  return settings.maxUploadBytes === null ? fromAdministrator : Math.min(settings.maxUploadBytes, fromAdministrator);
}
