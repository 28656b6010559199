import { duplicatePolicies, registryAccesses, type NamespaceSettings } from "../domain.ts";
import { levelNeeded } from "../permissions.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { requireLevel, type NamespaceGrant } from "./open-namespace.ts";

type Needs = Pick<RegistryDependencies, "metadata">;

/** Revisions that cleanup may be told to keep at most; more is as good as all. */
const maxKeptRevisions = 10_000;

/** What a namespace decides itself, and what counts in it: of each field the nearest on the path that decides it. */
export interface SettingsView {
  readonly own: NamespaceSettings;
  readonly inForce: NamespaceSettings;
}

/** What to change: `set` replaces fields, `forget` takes own ones away so that what is inherited counts again. */
export interface SettingsChange {
  readonly set: NamespaceSettings;
  readonly forget: readonly (keyof NamespaceSettings)[];
}

/** The settings, for those who could change a project's: Maintainers. Throws `rights_missing` for everyone else. */
export async function readSettings(_needs: Needs, grant: NamespaceGrant<"read">): Promise<SettingsView> {
  requireLevel(grant, levelNeeded.configure);
  return { own: grant.namespace.settings, inForce: grant.settings };
}

/** How many revisions of each file cleanup leaves, and when it runs next, epoch milliseconds; null for never. */
export interface CleanupPolicy {
  readonly keptRevisions: number | null;
  readonly nextRunAtMs: number | null;
}

/** The cleanup policy in force, for those who could change it. Throws `rights_missing` for everyone else. */
export async function readCleanupPolicy({ metadata }: Needs, grant: NamespaceGrant<"read">): Promise<CleanupPolicy> {
  const { inForce } = await readSettings({ metadata }, grant);
  const keptRevisions = inForce.keptRevisions ?? null;
  return { keptRevisions, nextRunAtMs: keptRevisions === null ? null : (await metadata.instance.read()).nextCleanupAtMs };
}

/**
 * Changes settings of a project, or as its Owner of a group or user's namespace; they count from the next request on, in
 * everything below as well. All or nothing. Throws `value_invalid` (its subject is the field in the words of the native
 * API), `rights_missing`, `namespace_not_found`.
 */
export async function changeSettings(
  { metadata }: Needs,
  grant: NamespaceGrant<"configure">,
  { set, forget }: SettingsChange,
): Promise<SettingsView> {
  requireLevel(grant, grant.namespace.kind === "project" ? levelNeeded.configure : levelNeeded.administer);
  await checkSettings(set);
  const { id } = grant.namespace;
  const changed = await metadata.namespaces.update(id, { settings: set, forgottenSettings: forget });
  if (changed === null) throw new RegistryError("namespace_not_found", "the namespace was removed meanwhile");
  return { own: changed.settings, inForce: (await metadata.namespaces.standing(id, null)).settings };
}

/** Values come from outside: their types are what the callers say, and no more. */
async function checkSettings({ duplicates, duplicateException, versions, keptRevisions, registryAccess }: NamespaceSettings): Promise<void> {
  requireOneOf("duplicates", duplicates, duplicatePolicies);
  if (duplicateException !== undefined && duplicateException !== null)
    (await import("../duplicate-exception.ts")).checkDuplicateException(duplicateException);
  requireOneOf("versions", versions, ["x.y.z"]);
  requireOneOf("package_registry_access_level", registryAccess, registryAccesses);
  if (keptRevisions === undefined || keptRevisions === null) return;
  if (!Number.isInteger(keptRevisions) || keptRevisions < 1 || keptRevisions > maxKeptRevisions)
    throw new RegistryError("value_invalid", `keep_duplicated_files must be from 1 to ${maxKeptRevisions}`, { subject: "keep_duplicated_files" });
}

function requireOneOf(subject: string, value: string | null | undefined, values: readonly string[]): void {
  if (value === undefined || value === null || values.includes(value)) return;
  throw new RegistryError("value_invalid", `${subject} must be one of ${values.join(", ")}`, { subject });
}
