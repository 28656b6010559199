import { collectGarbage, type CollectionReport } from "./collect-garbage.ts";

type Stores = Parameters<typeof collectGarbage>[0];

/**
 * Collects garbage where the last collection that came to its end began at least `intervalMs` ago; null where none is due.
 * The time is kept in the store, so that restarts put nothing off; a store that knows of none counts from now on. One that
 * fails or is aborted is due again at once. What a clock says that was set back puts nothing off either.
 */
export async function runDueCollection(
  stores: Stores,
  options: { readonly intervalMs: number; readonly graceMs: number; readonly signal: AbortSignal },
): Promise<CollectionReport | null> {
  const { upkeep } = stores.metadata;
  const { lastCollectionBeganAtMs: lastMs } = await upkeep.read();
  const nowMs = stores.clock.nowMs();
  const isDue = lastMs !== null && (nowMs - lastMs >= options.intervalMs || lastMs > nowMs);
  const report = isDue ? await collectGarbage(stores, options) : null;
  if (lastMs === null || (isDue && !options.signal.aborted)) await upkeep.write({ lastCollectionBeganAtMs: nowMs });
  return report;
}
