import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { createDigestQueue, type DigestQueue } from "../../src/core/maintenance/digest-queue.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import type { BlobStore } from "../../src/core/ports/blob-store.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import type { EventSink } from "../../src/core/ports/event-sink.ts";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import { sha256Of } from "../support/fault-content.ts";
import { createLibrary } from "./library.ts";
import { contents, graceMs, type History } from "./history.ts";
import { holdBack } from "./hold-back.ts";
import { checkStores } from "./check-stores.ts";
import { playHistory, readEverything, type Happening, type Theatre } from "./play-history.ts";
import { createRecorder, numberOf } from "./recorder.ts";
import { createSimulatedDisk } from "./simulated-blobs.ts";
import { createVirtualTime } from "./virtual-time.ts";

/** The stores as an operation sees them, and what it may leave to be done later: a crash may come before. */
interface Surroundings {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly later: (work: () => Promise<unknown>) => void;
}

/** Parts of the registry that a test breaks on purpose. */
export interface Breakage {
  readonly stores?: (given: Surroundings) => Pick<Surroundings, "metadata" | "blobs">;
  readonly openMetadata?: () => Promise<MetadataStore>;
}

/** How a run ended. */
export interface RunResult {
  /** Everything that is wrong; empty when nothing is. */
  readonly wrong: readonly string[];
  readonly tally: Readonly<Record<string, number>>;
}

const startMs = Date.UTC(2027, 2, 10);
/** Nothing may be older than the records, or collection leaves it alone. */
const recordsSinceMs = startMs - 30 * 24 * 3_600_000;

/** Plays a history on stores in memory, with a clock of its own; the history and its seed decide everything. */
export async function simulate(history: History, breakage: Breakage = {}): Promise<RunResult> {
  const recorder = createRecorder();
  const time = createVirtualTime(history.seed);
  const disk = createSimulatedDisk();
  const metadata = await (breakage.openMetadata ?? openMemoryStore)();
  const library = await createLibrary(metadata, recordsSinceMs);
  let steppedMs = 0;
  let latestMs = startMs;
  const clock: Clock = { nowMs: () => startMs + steppedMs + time.nowMs() };
  let life = createLife();
  /** Of other processes on the machine. */
  let machine = createLife();

  const events: EventSink = {
    record: (event) => {
      if (event.kind === "storage_failed" || event.kind === "background_failure") recorder.complain(`${event.kind}: ${String(event.cause)}`);
      if (event.kind !== "blob_damaged") return;
      const content = numberOf(event.storageName.slice(0, 64));
      if (content === null || !recorder.wasDamaged(content)) recorder.complain(`a false report of damage: ${String(event.cause)}`);
    },
  };
  /** The stores as one operation of one process sees them, each step of it held back. */
  const storesOf = (process: Life, key: string, isHeldBack = true): Surroundings => {
    let steps = 0;
    const pass = async (): Promise<void> => {
      if (isHeldBack) await time.pause(`${key} step ${(steps += 1)}`);
      if (!process.isAlive()) await forever;
    };
    const given = { metadata: holdBack(metadata, pass), blobs: disk.open(pass, clock.nowMs) };
    const later = (work: () => Promise<unknown>): void => void time.pause(`${key} later`).then(() => (process.isAlive() ? work() : null));
    return { ...given, ...breakage.stores?.({ ...given, later }), later };
  };
  const openDigests = (process: Life): DigestQueue => {
    const { metadata: records, blobs } = storesOf(process, "digests");
    return createDigestQueue({ records: records.blobs, blobs, events });
  };
  let digests = openDigests(life);
  const maintain = async (happening: Happening & { readonly kind: "collect" | "verify" }): Promise<void> => {
    const stores = { ...storesOf(happening.isElsewhere ? machine : life, `${happening.id}`), clock };
    if (happening.kind === "collect") {
      const { unreferencedBlobs, unrecordedObjects } = await collectGarbage(stores, { graceMs });
      recorder.count("collected", unreferencedBlobs + unrecordedObjects);
    } else await verifyStores(stores, { graceMs, isServerRunning: true });
  };
  const crash = async (key: string, isPowerCut: boolean): Promise<void> => {
    life.end();
    if (isPowerCut) {
      machine.end();
      machine = createLife();
      disk.cutPower((thing) => Bun.hash.xxHash32(`${key} ${thing}`, history.seed) % 2 === 0);
    }
    life = createLife();
    // What the server does at its start.
    await disk.open(async () => undefined, clock.nowMs).staging("empty");
    await metadata.blobs.collection.forgetClaims();
    digests = openDigests(life);
    digests.wake();
  };
  let isHeldBack = true;
  const theatre: Theatre = {
    ready: async () => undefined,
    pause: ({ id }) => time.pause(`before ${id}`),
    ask: (id, _client, request) => {
      const stores = storesOf(life, `${id}`, isHeldBack);
      const asked = library.ask({ ...stores, clock, events, digests }, request);
      return Promise.race([asked, life.ended.then(() => ({ kind: "unanswered" }) as const)]);
    },
    happen: async (happening) => {
      switch (happening.kind) {
        case "collect":
        case "verify":
          return Promise.race([maintain(happening), happening.isElsewhere ? machine.ended : life.ended]);
        case "compute digests":
          digests.wake();
          return Promise.race([digests.idle(), life.ended]);
        case "damage":
          recorder.noteDamage(happening.content);
          return disk.damage(sha256Of(contents[happening.content] ?? new Uint8Array()));
        case "step clock":
          // Never so far back that the records would be younger than what they name.
          steppedMs = Math.max(steppedMs + happening.byMs, -20 * 24 * 3_600_000);
          latestMs = Math.max(latestMs, clock.nowMs());
          return;
        case "crash":
          return crash(`${happening.id}`, happening.isPowerCut);
      }
    },
  };
  const close = async (): Promise<void> => {
    await crash("the end", false);
    await digests.idle();
    isHeldBack = false;
    await readEverything(theatre, recorder);
    const later: Clock = { nowMs: () => latestMs };
    const passMs = (ms: number): void => void (latestMs += ms);
    await checkStores({ ...storesOf(life, "the end", false), clock: later, passMs }, recorder);
    await readEverything(theatre, recorder);
  };
  try {
    await time.run(playHistory(history, theatre, recorder).then(close));
  } catch (error) {
    recorder.complain(`the run itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  return { wrong: recorder.verdict(), tally: recorder.tally() };
}

const forever = new Promise<never>(() => undefined);

/** Whether a process still runs. */
function createLife() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  return {
    isAlive: (): boolean => !isOver,
    ended: promise,
    end: (): void => {
      isOver = true;
      resolve();
    },
  };
}

type Life = ReturnType<typeof createLife>;
