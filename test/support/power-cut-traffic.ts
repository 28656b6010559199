import { statSync } from "node:fs";
import type { FaultClient } from "./fault-client.ts";
import type { Content, Contents } from "./fault-content.ts";
import type { Violation } from "./fault-journal.ts";
import type { PowerCutJournal } from "./power-cut-journal.ts";
import type { Random } from "./fault-random.ts";
import { delay, until } from "./fault-waiting.ts";

export const connectionCount = 8;
const deleteShare = 0.2;
const repeatedContentShare = 0.1;
const reusedNameShare = 0.1;
const filesPerVersion = 6;
/** Larger ones would only make the log longer. */
const largestBytes = 256 * 1024;
/** Nobody writes to the disks for so long: what is sent next is alone. */
const quietMs = 30;
const patienceMs = 30_000;

/** What was answered, and how the first ones of pairs ended. */
export interface TrafficCount {
  uploads: number;
  deletes: number;
  /** Cut off without an answer. */
  cutFirsts: number;
  /** Refused since somebody else had its name. */
  refusedFirsts: number;
}

export function noTraffic(): TrafficCount {
  return { uploads: 0, deletes: 0, cutFirsts: 0, refusedFirsts: 0 };
}

interface Surroundings {
  readonly journal: PowerCutJournal;
  readonly random: Random;
  readonly contents: Contents;
  readonly violations: Violation[];
  readonly count: TrafficCount;
  /** The log of the disks. */
  readonly logPath: string;
}

/** What clients do to a server on recorded disks. */
export interface PowerCutTraffic {
  /** So many publishes and deletes over eight connections at once, or until it is over. */
  mix(client: FaultClient, operations: number, isOver?: () => boolean): Promise<void>;
  /** One request with no other traffic; the mark right after its answer. */
  loneUpload(client: FaultClient): Promise<number>;
  loneDelete(client: FaultClient): Promise<number>;
  /**
   * The same new bytes under two names at once, where the first request is cut off or refused, as far as it comes to that;
   * the mark right after the answer to the second.
   */
  twins(client: FaultClient, first: "cut" | "refused"): Promise<number>;
}

export function createPowerCutTraffic({ journal, random, contents, violations, count, logPath }: Surroundings): PowerCutTraffic {
  const shared: Content[] = [];
  /** Names that certainly hold something, and those that certainly hold nothing any more. */
  const held: string[] = [];
  const freed: string[] = [];
  let named = 0;

  const newPath = (): string => {
    named += 1;
    return `cut/${Math.floor(named / filesPerVersion)}.0/file-${named}.bin`;
  };
  const newContent = (): Content => {
    for (;;) {
      const content = contents.next(random);
      if (content.sizeBytes > largestBytes) continue;
      shared.push(content);
      return content;
    }
  };
  const take = (names: string[]): string | null => names.splice(random.whole(0, names.length), 1)[0] ?? null;
  const unexpected = (what: string, status: number | null): void =>
    void violations.push({ kind: "unexpected answer", detail: `${what}: ${status ?? "none"}` });

  const upload = async (client: FaultClient, path: string, content: Content): Promise<number> => {
    journal.note("upload sent", path, content);
    const status = await client.put(path, contents.bytesOf(content));
    if (status !== 201) {
      unexpected(`PUT ${path}`, status);
      return journal.note("not known", path);
    }
    count.uploads += 1;
    held.push(path);
    return journal.note("upload stored", path, content);
  };
  /** An upload that may fail. */
  const attempt = async (client: FaultClient, path: string, content: Content, ...signal: readonly AbortSignal[]): Promise<number | null> => {
    journal.note("upload sent", path, content);
    const status = await client.put(path, contents.bytesOf(content), ...signal);
    if (status === 201) journal.note("upload stored", path, content);
    return status;
  };
  const remove = async (client: FaultClient, path: string): Promise<number> => {
    journal.note("delete sent", path);
    const status = await client.delete(path);
    if (status !== 204) {
      unexpected(`DELETE ${path}`, status);
      return journal.note("not known", path);
    }
    count.deletes += 1;
    freed.push(path);
    return journal.note("deleted", path);
  };
  const step = async (client: FaultClient): Promise<void> => {
    const victim = random.fraction() < deleteShare ? take(held) : null;
    if (victim !== null) return void (await remove(client, victim));
    const known = random.fraction() < repeatedContentShare ? random.pick(shared) : null;
    const name = random.fraction() < reusedNameShare ? take(freed) : null;
    await upload(client, name ?? newPath(), known ?? newContent());
  };
  return {
    mix: async (client, operations, isOver = () => false) => {
      let left = operations;
      const connection = async (): Promise<void> => {
        while (left > 0 && !isOver()) {
          left -= 1;
          await step(client);
        }
      };
      await Promise.all(Array.from({ length: connectionCount }, connection));
    },
    loneUpload: async (client) => {
      await quiet(logPath);
      return upload(client, newPath(), newContent());
    },
    loneDelete: async (client) => {
      const path = take(held);
      if (path === null) throw new Error("there is nothing to delete");
      await quiet(logPath);
      return remove(client, path);
    },
    twins: async (client, first) => {
      const content = newContent();
      const path = newPath();
      const rival = newContent();
      await quiet(logPath);
      const cutting = new AbortController();
      const firsts = first === "cut" ? [attempt(client, path, content, cutting.signal)] : [rival, content].map((each) => attempt(client, path, each));
      await delay(random.whole(0, 6));
      const second = upload(client, newPath(), content);
      if (first === "cut") await delay(random.whole(0, 6));
      cutting.abort();
      const mark = await second;
      const statuses = await Promise.all(firsts);
      const isAllowed = first === "cut" ? statuses[0] === null || statuses[0] === 201 : statuses.toSorted().join() === "201,409";
      if (first === "cut" && statuses[0] === null) count.cutFirsts += 1;
      if (first === "refused" && statuses.at(-1) === 409) count.refusedFirsts += 1;
      if (!isAllowed) unexpected(`PUT ${path} beside its twin (${first}): ${statuses.join()}`, null);
      return mark;
    },
  };
}

/** Waits until nothing is written to the disks. */
async function quiet(logPath: string): Promise<void> {
  let sizeBytes = -1;
  let sinceMs = performance.now();
  await until(patienceMs, "quiet disks", () => {
    const { size } = statSync(logPath);
    if (size !== sizeBytes) sinceMs = performance.now();
    sizeBytes = size;
    return { isSo: performance.now() - sinceMs >= quietMs, seen: `${size} bytes of log` };
  });
}
