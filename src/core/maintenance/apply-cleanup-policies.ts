import { isProtectedFrom } from "../operations/package-protection.ts";
import type { NamespaceSettings } from "../domain.ts";
import type { Clock } from "../ports/clock.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import { inheritSettings } from "../ports/namespace-store.ts";

/** Namespaces that one run looks at at most. */
const namespaceLimit = 100_000;
/** Versions asked for at a time, and revisions that one command removes. */
const versionStep = 200;
const revisionStep = 500;

/** What one run removed. */
export interface CleanupReport {
  readonly revisions: number;
  /** Namespaces that a policy was in force in. */
  readonly namespaces: number;
}

/**
 * Removes the revisions of files beyond the number that the settings in force keep, in every namespace, the newest kept;
 * packages that a rule protects from deletion are left alone. In small commands, so that publishes come between; each is
 * complete in itself, and what is left of a run that was stopped is done by the next. Bytes go when collection finds them.
 */
export async function applyCleanupPolicies(
  { metadata, clock }: { readonly metadata: Pick<MetadataStore, "tree" | "index" | "protection" | "publishing">; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<CleanupReport> {
  const inForce = new Map<number, NamespaceSettings>();
  let revisions = 0;
  let namespaces = 0;
  // Parents come before what is below them.
  for (const { namespace } of await metadata.tree.below(null, null, namespaceLimit)) {
    if (signal?.aborted === true) break;
    const above = namespace.parentId === null ? undefined : inForce.get(namespace.parentId);
    const settings = inheritSettings(above ?? {}, namespace.settings);
    inForce.set(namespace.id, settings);
    const kept = settings.keptRevisions ?? null;
    if (kept === null) continue;
    namespaces += 1;
    revisions += await trimNamespace({ metadata, clock }, namespace.id, kept, signal);
  }
  return { revisions, namespaces };
}

async function trimNamespace(
  { metadata, clock }: Parameters<typeof applyCleanupPolicies>[0],
  namespaceId: number,
  kept: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const rules = await metadata.protection.inForce(namespaceId);
  let removed = 0;
  let afterVersionId = 0;
  for (;;) {
    const versions = await metadata.index.listSuperfluous({ namespaceId, kept, afterVersionId, limit: versionStep });
    for (const { versionId, packageName } of versions) {
      afterVersionId = versionId;
      if (isProtectedFrom(rules, "delete", packageName)) continue;
      let step = revisionStep;
      while (step === revisionStep) {
        if (signal?.aborted === true) return removed;
        step = await metadata.publishing.trimRevisions({ versionId, kept, limit: revisionStep, nowMs: clock.nowMs() });
        removed += step;
      }
    }
    if (versions.length < versionStep) return removed;
  }
}
