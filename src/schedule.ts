import type { Config } from "./config.ts";
import { runDueCleanup } from "./core/maintenance/cleanup-plan.ts";
import { collectGarbage } from "./core/maintenance/collect-garbage.ts";
import { runDueCollection } from "./core/maintenance/due-collection.ts";
import { runDueScrub } from "./core/maintenance/scrub-blobs.ts";
import type { Clock } from "./core/ports/clock.ts";
import type { EventSink } from "./core/ports/event-sink.ts";
import type { Log } from "./http/log.ts";
import type { Stores } from "./open-stores.ts";

/** Cleanup is looked for this often; when it is due stands in the store. */
const cleanupCheckMs = 60_000;
/** A collection begins at most this long after it is due; one that comes round as often needs no memory of the last one. */
const collectionCheckMs = 60_000;
/** A pass over all blobs begins at most this long after it is due. */
const scrubCheckMs = 60_000;
/** Counters wait at most this long in memory. */
const flushIntervalMs = 5000;

/** Job tokens that expired are kept for a while, so that their bearers are told why they fail. */
const jobTokenIntervalMs = 600_000;
const jobTokenGraceMs = 3_600_000;

/** A membership ends at most this long after its time. */
const membershipIntervalMs = 60_000;

/** What the server does by itself: writes counters, ends memberships, forgets job tokens, applies cleanup policies, collects garbage, reads blobs again. */
export function createSchedule(parts: {
  readonly config: Pick<Config, "collection" | "scrub">;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly log: Log;
  /** Each writes something that is held in memory. */
  readonly flush: readonly (() => Promise<void>)[];
}) {
  const { config, stores, clock, events, log } = parts;
  const abort = new AbortController();
  /** One that fails keeps no other from being written. */
  const flushAll = async (): Promise<void> => {
    const results = await Promise.allSettled(parts.flush.map((flush) => flush()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  const collect = async (): Promise<void> => {
    const options = { ...config.collection, signal: abort.signal };
    const isRare = options.intervalMs > collectionCheckMs;
    const report = await (isRare ? runDueCollection : collectGarbage)({ ...stores, clock }, options);
    if (report !== null && report.unreferencedBlobs + report.unrecordedObjects > 0)
      log.event({ level: "info", message: "garbage collected", facts: { ...report } });
    if (report !== null && !abort.signal.aborted) events.record({ kind: "collection_ended" });
  };
  const cleanUp = async (): Promise<void> => {
    const report = await runDueCleanup({ metadata: stores.metadata, clock, events }, abort.signal);
    if (report !== null && report.revisions > 0)
      log.event({ level: "info", message: "cleanup policies applied", facts: { ...report } });
  };
  const cleaning = every(cleanupCheckMs, "cleanup", cleanUp, events);
  const flushing = every(flushIntervalMs, "writing of counters", flushAll, events);
  const removeJobTokens = async (): Promise<void> => {
    await stores.metadata.jobTokens.removeExpired(clock.nowMs() - jobTokenGraceMs);
    await stores.metadata.reservations.removeExpired(clock.nowMs() - jobTokenGraceMs);
  };
  const endMemberships = async (): Promise<void> => {
    await stores.metadata.members.removeExpired(clock.nowMs());
  };
  const ending = every(membershipIntervalMs, "ending of memberships", endMemberships, events);
  const removing = every(jobTokenIntervalMs, "removal of expired job tokens and reservations", removeJobTokens, events);
  const { intervalMs } = config.collection;
  const collecting = intervalMs > 0 ? every(Math.min(intervalMs, collectionCheckMs), "garbage collection", collect, events) : null;
  const scrub = async (): Promise<void> => {
    const report = await runDueScrub({ ...stores, clock, events }, { ...config.scrub, signal: abort.signal });
    if (report?.isComplete === true && report.blobs + report.unreadable > 0)
      log.event({ level: report.damaged + report.unreadable > 0 ? "error" : "info", message: "stored objects checked", facts: { ...report } });
  };
  const scrubIntervalMs = config.scrub.intervalMs;
  const scrubbing = scrubIntervalMs > 0 ? every(Math.min(scrubIntervalMs, scrubCheckMs), "check of stored objects", scrub, events) : null;
  return {
    /** Stops what runs and writes what is held. */
    stop: async (): Promise<void> => {
      abort.abort();
      await collecting?.stop();
      await scrubbing?.stop();
      await removing.stop();
      await ending.stop();
      await cleaning.stop();
      await flushing.stop();
      await flushAll().catch((cause: unknown) => events.record({ kind: "background_failure", task: "writing of counters", cause }));
    },
  };
}

/** Runs an action again and again, never twice at a time; a failure is recorded and the next turn comes all the same. */
function every(intervalMs: number, task: string, action: () => Promise<void>, events: EventSink) {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= action()
      .catch((cause: unknown) => events.record({ kind: "background_failure", task, cause }))
      .finally(() => {
        running = null;
      });
  }, intervalMs);
  return {
    stop: async (): Promise<void> => {
      clearInterval(timer);
      await running;
    },
  };
}
