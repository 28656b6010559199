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
import { aheadAfter, contents, graceMs, recordsAgeMs, type History } from "./history.ts";
import { holdBack } from "./hold-back.ts";
import { checkStores } from "./check-stores.ts";
import { playHistory, readEverything, type Happening, type Theatre } from "./play-history.ts";
import { createRecorder, numberOf, type Recorder } from "./recorder.ts";
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

/** The measure of a history's pauses, in the simulation's time: on average one is as long as a step of another operation. */
const spanMs = 0.3;

/** Plays a history on stores in memory, with a clock of its own; the history and its seed decide everything. */
export async function simulate(history: History, breakage: Breakage = {}): Promise<RunResult> {
  const recorder = createRecorder();
  const metadata = await (breakage.openMetadata ?? openMemoryStore)();
  try {
    const machine = createMachine(history, { recorder, metadata, breakage });
    const library = await createLibrary(metadata, startMs - recordsAgeMs);
    await machine.time.run(playAndCheck(history, createTheatre(machine, library, recorder), machine, recorder));
  } catch (error) {
    recorder.complain(`the run itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  await metadata.close();
  return { wrong: recorder.verdict(), tally: recorder.tally() };
}

async function playAndCheck(history: History, theatre: Theatre, machine: Machine, recorder: Recorder): Promise<void> {
  await playHistory(history, theatre, recorder);
  await machine.crash("the end", false);
  await machine.digests().idle();
  machine.holdNothingBack();
  await readEverything(theatre, recorder);
  let aheadMs = 0;
  const later: Clock = { nowMs: () => machine.latestMs() + aheadMs };
  const passMs = (ms: number): void => void (aheadMs += ms);
  await checkStores({ ...machine.storesOf("server", "the end"), clock: later, passMs }, recorder);
  await readEverything(theatre, recorder);
}

/** A computer with a disk, a clock, the server and other processes. */
function createMachine(history: History, given: { recorder: Recorder; metadata: MetadataStore; breakage: Breakage }) {
  const { recorder, metadata, breakage } = given;
  const time = createVirtualTime(history.seed);
  const disk = createSimulatedDisk();
  let aheadMs = 0;
  let latestMs = startMs;
  let isHeldBack = true;
  const clock: Clock = { nowMs: () => startMs + aheadMs + time.nowMs() };
  const events = createEvents(recorder);
  const lives = { server: createLife(), "another process": createLife() };
  /** The stores as one operation of one process sees them, each step of it held back. */
  const storesOf = (process: keyof typeof lives, key: string): Surroundings => {
    const life = lives[process];
    let steps = 0;
    const pass = async (): Promise<void> => {
      if (isHeldBack) await time.pause(`${key} step ${(steps += 1)}`);
      if (!life.isAlive()) await forever;
    };
    const stores = { metadata: holdBack(metadata, pass), blobs: disk.open(pass, clock.nowMs) };
    const later = (work: () => Promise<unknown>): void =>
      void time.pause(`${key} later`).then(() => (life.isAlive() ? work().catch(() => undefined) : null));
    return { ...stores, ...breakage.stores?.({ ...stores, later }), later };
  };
  const openDigests = (): DigestQueue => {
    const { metadata: records, blobs } = storesOf("server", "digests");
    return createDigestQueue({ records: records.blobs, blobs, events });
  };
  let digests = openDigests();
  return {
    time, disk, clock, events, storesOf,
    digests: (): DigestQueue => digests,
    /** The latest that the clock ever was. */
    latestMs: () => Math.max(latestMs, clock.nowMs()),
    endOf: (process: keyof typeof lives): Promise<void> => lives[process].ended,
    holdNothingBack: () => void (isHeldBack = false),
    stepClock: (step: { readonly byMs: number }): void => {
      latestMs = Math.max(latestMs, clock.nowMs());
      aheadMs = aheadAfter(aheadMs, step);
    },
    /** The server ends and starts again; with a power cut everything does. */
    crash: async (key: string, isPowerCut: boolean): Promise<void> => {
      recorder.count("crashes", 1);
      lives.server.end();
      if (isPowerCut) {
        lives["another process"].end();
        lives["another process"] = createLife();
        disk.cutPower((thing) => Bun.hash.xxHash32(`${key} ${thing}`, history.seed) % 2 === 0);
      }
      lives.server = createLife();
      // What the server does at its start.
      await disk.open(async () => undefined, clock.nowMs).staging("empty");
      await metadata.blobs.collection.forgetClaims();
      digests = openDigests();
      digests.wake();
    },
  };
}

type Machine = ReturnType<typeof createMachine>;

function createEvents(recorder: Recorder): EventSink {
  return {
    record: (event) => {
      if (event.kind === "storage_failed" || event.kind === "background_failure") recorder.complain(`${event.kind}: ${String(event.cause)}`);
      if (event.kind !== "blob_damaged") return;
      const content = numberOf(event.storageName.slice(0, 64));
      if (content === null || !recorder.wasDamaged(content)) recorder.complain(`a false report of damage: ${String(event.cause)}`);
    },
  };
}

function createTheatre(machine: Machine, library: Awaited<ReturnType<typeof createLibrary>>, recorder: Recorder): Theatre {
  const { time, disk, clock, events, storesOf, digests, endOf } = machine;
  const maintain = async ({ kind, id }: Happening, process: "server" | "another process"): Promise<void> => {
    const stores = { ...storesOf(process, `${id}`), clock };
    if (kind === "verify") return void (await verifyStores(stores, { graceMs, isServerRunning: true }));
    const { unreferencedBlobs, unrecordedObjects } = await collectGarbage(stores, { graceMs });
    recorder.count("collected", unreferencedBlobs + unrecordedObjects);
  };
  return {
    ready: async () => undefined,
    pause: (span) => time.pass(span * spanMs),
    ask: (id, request) => {
      const asked = library.ask({ ...storesOf("server", `${id}`), clock, events, digests: digests() }, request);
      return Promise.race([asked, endOf("server").then(() => ({ kind: "unanswered" }) as const)]);
    },
    happen: async (happening) => {
      switch (happening.kind) {
        case "collect":
        case "verify": {
          const process = happening.isElsewhere ? "another process" : "server";
          return Promise.race([maintain(happening, process), endOf(process)]);
        }
        case "compute digests":
          digests().wake();
          return Promise.race([digests().idle(), endOf("server")]);
        case "damage":
          recorder.noteDamage(happening.content);
          return disk.damage(sha256Of(contents[happening.content] ?? new Uint8Array()));
        case "step clock":
          return machine.stepClock(happening);
        case "crash":
          return machine.crash(`${happening.id}`, happening.isPowerCut);
      }
    },
  };
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
