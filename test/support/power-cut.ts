import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCrashImages, cutModes, type CutMode } from "./crash-image.ts";
import { openDiskLog } from "./disk-log.ts";
import { createFaultClient } from "./fault-client.ts";
import { createContents, type Contents } from "./fault-content.ts";
import type { Violation } from "./fault-journal.ts";
import { administrator, startServerProcess } from "./fault-process.ts";
import { createRandom, type Random } from "./fault-random.ts";
import { checkAfterPowerCut } from "./power-cut-check.ts";
import { createPowerCutJournal, type PowerCutJournal } from "./power-cut-journal.ts";
import { collectOn, settingsOn } from "./power-cut-stores.ts";
import { createPowerCutTraffic, noTraffic, type TrafficCount } from "./power-cut-traffic.ts";
import { recordDisks, runMounted, type FileSystem, type RecordedDisks } from "./recording-disk.ts";

/** On one of so many images the whole server is started; on the others the stores are asked, which takes less time. */
const imagesPerServer = 4;
/** So many times the pairs that were asked for, where the first ones of those did not all do as they should. */
const mostTwins = 5;

export interface PowerCutPlan {
  readonly entry: Parameters<typeof startServerProcess>[0];
  readonly fileSystem: FileSystem;
  /** Records and blobs on one disk, or each on its own. */
  readonly disks: 1 | 2;
  readonly seed: number;
  /** Publishes and deletes over eight connections, with an orderly restart half way and a collection after it. */
  readonly operations: number;
  /** Publishes and deletes with no other traffic, the power cut right after each answer. */
  readonly loneAnswers: number;
  /**
   * Pairs of publishes of the same bytes of which the first fails, the power cut right after the answer to the second. There
   * are more, up to some bound, as long as no first one was cut, or none refused.
   */
  readonly twins: number;
  /** Power cuts at random moments, the first start of the server included. */
  readonly randomCuts: number;
  /** Asked after every image; true ends the test. */
  readonly isEnough?: (violations: readonly Violation[]) => boolean;
}

export interface PowerCutReport extends Readonly<TrafficCount> {
  readonly fileSystem: FileSystem;
  readonly disks: number;
  /** Blobs that a collection removed beside the traffic. */
  readonly collected: number;
  readonly diskWrites: number;
  readonly diskFlushes: number;
  readonly cuts: number;
  readonly images: number;
  readonly imagesOf: Readonly<Record<CutMode, number>>;
  /** Over all images: answers older than the cut that were looked at. */
  readonly answersChecked: number;
  readonly unansweredWhole: number;
  readonly unansweredAbsent: number;
  readonly violations: readonly Violation[];
  readonly seconds: number;
}

/**
 * Lets a server process work on disks that record what they are given, rebuilds what the disks may hold after a power
 * cut at many moments, and compares what a server finds there with what had been answered before that moment.
 */
export async function runPowerCuts(plan: PowerCutPlan): Promise<PowerCutReport> {
  const beganAtMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "stowage-power-"));
  try {
    const recording = await record(plan, folder);
    const replay = await replayCuts(plan, folder, recording);
    const { fileSystem, disks } = plan;
    const violations = [...recording.violations, ...replay.violations];
    const seconds = Math.round((performance.now() - beganAtMs) / 100) / 10;
    return { fileSystem, disks, ...recording.count, ...replay, violations, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Recording {
  readonly disks: RecordedDisks;
  readonly journal: PowerCutJournal;
  readonly bytesOf: Contents["bytesOf"];
  /** Made right after an answer to a request that matters by itself. */
  readonly answerMarks: readonly number[];
  readonly lastMark: number;
  readonly count: Readonly<TrafficCount> & { readonly collected: number };
  readonly violations: readonly Violation[];
}

async function record(plan: PowerCutPlan, folder: string): Promise<Recording> {
  const random = createRandom(plan.seed);
  const contents = createContents(random);
  const violations: Violation[] = [];
  const count = { ...noTraffic(), collected: 0 };
  const disks = await recordDisks(folder, plan.fileSystem, plan.disks);
  try {
    const journal = createPowerCutJournal(disks.mark);
    const traffic = createPowerCutTraffic({ journal, random, contents, violations, count, logPath: disks.logPath });
    const answerMarks: number[] = [];
    const half = Math.ceil(plan.operations / 2);
    await withServer(plan, disks, async (url) => traffic.mix(createFaultClient(url, administrator), half));
    await withServer(plan, disks, async (url) => {
      const client = createFaultClient(url, administrator);
      const [collected] = await Promise.all([collectOn(disks.folders), traffic.mix(client, plan.operations - half)]);
      count.collected = collected.unreferencedBlobs;
      for (let number = 0; number < plan.loneAnswers; number += 1)
        answerMarks.push(number % 4 === 3 ? await traffic.loneDelete(client) : await traffic.loneUpload(client));
      const isTried = (number: number): boolean => number >= plan.twins && (number >= plan.twins * mostTwins || (count.cutFirsts > 0 && count.refusedFirsts > 0));
      for (let number = 0; !isTried(number); number += 1)
        answerMarks.push(await traffic.twins(client, number % 2 === 0 ? "cut" : "refused"));
    });
    return { disks, journal, bytesOf: contents.bytesOf, answerMarks, lastMark: disks.mark(), count, violations };
  } finally {
    await disks.end();
  }
}

/** Starts the server, lets something happen, and stops it in an orderly way, which empties the write-ahead log. */
async function withServer(plan: PowerCutPlan, disks: RecordedDisks, action: (url: string) => Promise<void>): Promise<void> {
  const { STOWAGE_DATA = "", ...settings } = settingsOn(disks.folders);
  const server = await startServerProcess(plan.entry, STOWAGE_DATA, settings);
  try {
    await action(server.url);
    await server.stop();
  } finally {
    await server.kill();
  }
}

async function replayCuts(plan: PowerCutPlan, folder: string, recording: Recording) {
  const { disks, journal, answerMarks, lastMark } = recording;
  const random = createRandom(plan.seed + 1);
  const log = openDiskLog(disks.logPath);
  try {
    const images = await createCrashImages(folder, log, disks.baseImages, random);
    const mountPoints = disks.folders.map((_, number) => join(folder, `mounted-${number}`));
    for (const mountPoint of mountPoints) mkdirSync(mountPoint);
    const violations: Violation[] = [];
    const total = { images: 0, answersChecked: 0, unansweredWhole: 0, unansweredAbsent: 0 };
    const imagesOf: Record<CutMode, number> = { all: 0, some: 0, last: 0 };
    const look = async (recordCount: number, mode: CutMode): Promise<void> => {
      const crashed = await images.build(recordCount, mode);
      if (crashed === null) return;
      const by = total.images % imagesPerServer === 0 ? "server" : "records";
      const entries = journal.stateAt(log.lastMarkWithin(recordCount));
      const note = ({ kind, detail }: Violation): void => void violations.push({ kind, detail: `cut at ${recordCount}, ${mode}: ${detail}` });
      total.images += 1;
      imagesOf[mode] += 1;
      try {
        await runMounted(crashed, mountPoints, async () => {
          const finding = await checkAfterPowerCut(mountPoints, entries, by, recording.bytesOf);
          total.answersChecked += finding.answersChecked;
          total.unansweredWhole += finding.whole;
          total.unansweredAbsent += finding.absent;
          finding.violations.forEach(note);
        });
      } catch (error) {
        note({ kind: "not mountable", detail: String(error) });
      }
    };
    const cuts = chooseCuts(plan.randomCuts, log.countUpTo(lastMark), answerMarks.map((mark) => log.countUpTo(mark)), random);
    for (const cut of cuts) {
      for (const mode of cutModes) {
        if (plan.isEnough?.(violations) !== true) await look(cut, mode);
      }
    }
    const kept = log.records.slice(0, log.countUpTo(lastMark));
    const countOf = (kind: "write" | "flush"): number => kept.filter((record) => record.kind === kind).length;
    return { diskWrites: countOf("write"), diskFlushes: countOf("flush"), cuts: cuts.length, ...total, imagesOf, violations };
  } finally {
    log.close();
  }
}

/** In their order, each once. */
function chooseCuts(randomCuts: number, end: number, rightAfterAnswers: readonly number[], random: Random): readonly number[] {
  const drawn = Array.from({ length: randomCuts }, () => random.whole(1, end + 1));
  return [...new Set([...drawn, ...rightAfterAnswers])].toSorted((one, other) => one - other);
}
