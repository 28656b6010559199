import { mkdtempSync, readdirSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { sha256Of } from "../support/fault-content.ts";
import { delay } from "../support/fault-waiting.ts";
import { checkStores } from "./check-stores.ts";
import { createConcurrentRequests } from "./concurrent-requests.ts";
import { askOverHttp, createGroup } from "./http-library.ts";
import { aheadAfter, contents, graceMs, recordsAgeMs, type History } from "./history.ts";
import { playHistory, readEverything, type Happening, type Theatre } from "./play-history.ts";
import { createRecorder, numberOf, type Recorder } from "./recorder.ts";
import type { RunResult } from "./simulation.ts";
import { startSteeredServer, type SteeredServer } from "./steered-server.ts";

/** The measure of a history's pauses: a request comes about as often as one is answered. */
const spanMs = 0.01;

/**
 * Plays a history against a server in a process of its own, on SQLite and the disk; a crash is SIGKILL, also where the
 * simulation cuts the power.
 */
export async function runForReal(history: History, entry: string): Promise<RunResult> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "stowage-model-"));
  const recorder = createRecorder();
  const stage = createStage(history, { entry, dataDirectory, recorder });
  try {
    await stage.run();
  } catch (error) {
    // With everything that belongs to it, as the code of an error of the engine.
    recorder.complain(`the run itself failed: ${Bun.inspect(error)}`);
  } finally {
    await stage.end();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
  return { wrong: recorder.verdict(), tally: recorder.tally() };
}

function createStage(history: History, given: { readonly entry: string; readonly dataDirectory: string; readonly recorder: Recorder }) {
  const { entry, dataDirectory, recorder } = given;
  let aheadMs = -recordsAgeMs;
  let latestMs = 0;
  let crashes = 0;
  let damages = 0;
  const concurrent = createConcurrentRequests();
  /** Each life of the server. */
  const servers: SteeredServer[] = [];
  /** Another process's stores. */
  let elsewhere: Promise<Stores> | null = null;
  let running: Promise<SteeredServer> = Promise.reject(new Error("not started yet"));
  running.catch(() => undefined);
  const clock = { nowMs: () => Date.now() + aheadMs };

  const start = (): Promise<SteeredServer> => {
    running = startSteeredServer(entry, dataDirectory, aheadMs).then((started) => {
      servers.push(started);
      return started;
    });
    running.catch(() => undefined);
    return running;
  };
  const openElsewhere = (): Promise<Stores> =>
    (elsewhere ??= openStores(
      { database: { scheme: "sqlite", path: join(dataDirectory, "stowage.db") }, blobs: { scheme: "file", directory: dataDirectory } },
      "as_it_is",
    ));
  const kill = async (): Promise<void> => {
    const killed = await running;
    crashes += 1;
    recorder.count("crashes", 1);
    await startAfter(killed.kill());
  };
  /** Requests wait from the moment of the kill until the next server listens. */
  const startAfter = (killed: Promise<void>): Promise<SteeredServer> => {
    running = killed.then(start);
    running.catch(() => undefined);
    return running;
  };
  const setClock = async (toMs: number): Promise<void> => {
    aheadMs = toMs;
    latestMs = Math.max(latestMs, aheadMs);
    await (await running).tell({ kind: "clock", aheadMs });
  };
  const maintain = async ({ kind, isElsewhere }: Extract<Happening, { kind: "collect" | "verify" }>): Promise<void> => {
    if (!isElsewhere) {
      const answer = await (await running).tell({ kind, graceMs });
      if (answer !== null && answer.failure !== null) recorder.complain(`${kind}: ${answer.failure}`);
      return recorder.count("collected", answer?.collected ?? 0);
    }
    const stores = { ...(await openElsewhere()), clock };
    if (kind === "verify") return void (await verifyStores(stores, { graceMs, isServerRunning: true }));
    const report = await collectGarbage(stores, { graceMs });
    recorder.count("collected", report.unreferencedBlobs + report.unrecordedObjects);
    recorder.count("collected by another process", report.unreferencedBlobs + report.unrecordedObjects);
  };
  const damage = (content: number): void => {
    recorder.noteDamage(content);
    damages += 1;
    const sha256 = sha256Of(contents[content] ?? new Uint8Array());
    const folder = join(dataDirectory, "blobs", sha256.slice(0, 2));
    for (const name of namesIn(folder)) if (name.startsWith(sha256)) removeIfThere(join(folder, name));
  };
  const theatre: Theatre = {
    ready: async () => void (await running),
    pause: (span) => delay(span * spanMs),
    ask: async (_id, request) => {
      const [crashesBefore, damagesBefore] = [crashes, damages];
      const call = concurrent.begin(request);
      try {
        return await askOverHttp((await running).url, request);
      } catch (error) {
        if (crashes > crashesBefore) return { kind: "unanswered" };
        // Bytes that are taken away may go while they are sent: the connection is cut then.
        if (request.kind === "read" && (damages > damagesBefore || call.isBesideRemoval())) return { kind: "unanswered" };
        return { kind: "fault", detail: `no answer from a running server: ${String(error)}` };
      } finally {
        call.end();
      }
    },
    happen: async (happening) => {
      switch (happening.kind) {
        case "collect":
        case "verify":
          return maintain(happening);
        // The server does so by itself.
        case "compute digests":
          return;
        case "damage":
          return damage(happening.content);
        case "step clock":
          return setClock(aheadAfter(aheadMs, happening));
        case "crash":
          return kill();
      }
    },
  };
  return {
    run: async (): Promise<void> => {
      await createGroup((await start()).url);
      await setClock(0);
      await playHistory(history, theatre, recorder);
      await kill();
      await readEverything(theatre, recorder);
      const exitCode = await (await running).stop();
      if (exitCode !== 0) recorder.complain(`SIGTERM ended the server with ${exitCode}`);
      const later = { nowMs: () => Date.now() + latestMs };
      const passMs = (ms: number): void => void (latestMs += ms);
      await checkStores({ ...(await openElsewhere()), clock: later, passMs }, recorder);
      for (const line of servers.flatMap((life) => life.errors())) if (!isExplained(line, recorder)) recorder.complain(`the server's log: ${line}`);
    },
    end: async (): Promise<void> => {
      await running.catch(() => undefined);
      await servers.at(-1)?.kill();
      await (await elsewhere)?.close();
    },
  };
}

/** Bytes that were damaged are told of, and refusals of the moment, whose answers the model has judged; nothing else is an error. */
function isExplained(line: string, recorder: Recorder): boolean {
  if (/(?:send it|send the file|ask) again"/.test(line)) return true;
  if (line.includes('"message":"stored objects checked"')) return contents.some((_, content) => recorder.wasDamaged(content));
  const content = /damaged|could not be read/.test(line) ? numberOf(/[0-9a-f]{64}/.exec(line)?.[0] ?? "") : null;
  return content !== null && recorder.wasDamaged(content);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
