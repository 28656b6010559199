import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFaultClient } from "./fault-client.ts";
import { createContents } from "./fault-content.ts";
import type { Violation } from "./fault-journal.ts";
import { administrator, startServerProcess } from "./fault-process.ts";
import { createRandom } from "./fault-random.ts";
import { delay, within } from "./fault-waiting.ts";
import { checkAfterPowerCut, type PowerCutFinding } from "./power-cut-check.ts";
import { createPowerCutJournal } from "./power-cut-journal.ts";
import { settingsOn } from "./power-cut-stores.ts";
import { createPowerCutTraffic, noTraffic } from "./power-cut-traffic.ts";
import { makeImage, runMounted, type FileSystem } from "./recording-disk.ts";
import { runProgram } from "./run-program.ts";

const cutAfterMs = { from: 100, below: 1500 } as const;
/** More than are reached before the cut. */
const operations = 1_000_000;
/** What xfs_io says where the file system has no such call. */
const noSuchCall = "XFS_IOC_GOINGDOWN: Inappropriate ioctl for device";

export interface ShutdownReport extends PowerCutFinding {
  readonly uploads: number;
  readonly deletes: number;
}

/**
 * A server under eight writers, on a file system that is told at a random moment to forget at once whatever it has not
 * written (the shutdown call of ext4 and XFS); then it is mounted again and compared with what had been answered before
 * that call was made. Null where this kind of file system has no such call.
 */
export async function runShutdownCut(entry: Parameters<typeof startServerProcess>[0], fileSystem: FileSystem, seed: number): Promise<ShutdownReport | null> {
  const folder = mkdtempSync(join(tmpdir(), "stowage-shutdown-"));
  const mountPoint = join(folder, "mounted");
  const image = join(folder, "disk.img");
  try {
    mkdirSync(mountPoint);
    await makeImage(image, fileSystem);
    const random = createRandom(seed);
    const contents = createContents(random);
    const count = noTraffic();
    let marks = 0;
    const journal = createPowerCutJournal(() => (marks += 1));
    const violations: Violation[] = [];
    const traffic = createPowerCutTraffic({ journal, random, contents, violations, count, logPath: "" });
    const cut = await runMounted([image], [mountPoint], async () => {
      const server = await startServerProcess(entry, settingsOn([mountPoint])["STOWAGE_DATA"] ?? "");
      try {
        let isCut = false;
        const writing = traffic.mix(createFaultClient(server.url, administrator), operations, () => isCut);
        // A failure is met below; until then it must not count as unhandled.
        writing.catch(() => undefined);
        await delay(random.whole(cutAfterMs.from, cutAfterMs.below));
        // From here on nothing counts: an answer that arrives during the call may have been given before or after it.
        isCut = true;
        const before = { lastMark: marks, answered: { ...count }, unexpected: [...violations] };
        const isShutDown = await shutDown(mountPoint);
        await server.kill();
        await within(60_000, "the end of the writers", writing);
        return isShutDown ? before : null;
      } finally {
        await server.kill();
      }
    });
    if (cut === null) return null;
    const { lastMark, answered, unexpected } = cut;
    const entries = journal.stateAt(lastMark);
    const finding = await runMounted([image], [mountPoint], () => checkAfterPowerCut([mountPoint], entries, "server", contents.bytesOf));
    return { ...answered, ...finding, violations: [...unexpected, ...finding.violations] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the file system has the call; throws where it has and the call fails. */
async function shutDown(mountPoint: string): Promise<boolean> {
  try {
    await runProgram(["xfs_io", "-x", "-c", "shutdown", mountPoint]);
    return true;
  } catch (error) {
    if (String(error).includes(noSuchCall)) return false;
    throw error;
  }
}
