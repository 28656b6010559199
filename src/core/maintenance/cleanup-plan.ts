import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";
import { applyCleanupPolicies, type CleanupReport } from "./apply-cleanup-policies.ts";

/** As in GitLab: twice a day. */
const intervalMs = 12 * 3_600_000;

interface Needs {
  readonly metadata: MetadataStore;
  readonly clock: Clock;
  readonly events: EventSink;
}

/**
 * Sees to it that a time is set for the next cleanup, and answers it (epoch milliseconds): it is kept in the store, so that
 * restarts put nothing off.
 */
export async function planCleanup({ metadata, clock }: Pick<Needs, "metadata" | "clock">): Promise<number> {
  const { nextCleanupAtMs } = await metadata.instance.read();
  const latestMs = clock.nowMs() + intervalMs;
  // A clock that was set back must not put it off for longer than the interval either.
  if (nextCleanupAtMs !== null && nextCleanupAtMs <= latestMs) return nextCleanupAtMs;
  await metadata.instance.write({ nextCleanupAtMs: latestMs });
  return latestMs;
}

/** Applies the cleanup policies if their time has come, and sets the next one before; null where it has not. */
export async function runDueCleanup({ metadata, clock, events }: Needs, signal?: AbortSignal): Promise<CleanupReport | null> {
  if ((await planCleanup({ metadata, clock })) > clock.nowMs()) return null;
  await metadata.instance.write({ nextCleanupAtMs: clock.nowMs() + intervalMs });
  const report = await applyCleanupPolicies({ metadata, clock }, signal);
  if (report.revisions > 0) events.record({ kind: "revisions_cleaned", count: report.revisions });
  return report;
}
