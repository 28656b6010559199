import type { FaultClient, FaultDialect } from "./fault-client.ts";
import type { Content, Contents } from "./fault-content.ts";
import { judge, type JournalEntry, type Violation } from "./fault-journal.ts";
import type { Random } from "./fault-random.ts";

const deleteShare = 0.2;
const repeatedContentShare = 0.15;
const reusedNameShare = 0.1;
const chunkedShare = 0.2;
const filesPerVersion = 6;

interface Surroundings {
  readonly number: number;
  /** Whose rule of names that are taken counts. */
  readonly dialect: FaultDialect;
  readonly random: Random;
  readonly contents: Contents;
  /** What any writer has published, for all to publish again, so that one object serves names of several. */
  readonly shared: Content[];
  readonly violations: Violation[];
  readonly count: { uploads: number; deletes: number; whole: number; absent: number; unansweredDeletes: number };
}

/** One client of the storm: its names are its own, its requests come one after the other. */
export interface StormWriter {
  /** Whose requests it sends. */
  readonly dialect: FaultDialect;
  /** Every name it ever used. */
  readonly entries: readonly JournalEntry[];
  /** Publishes and deletes until the server is killed. */
  write(client: FaultClient, isKilled: () => boolean): Promise<void>;
  /** Looks what became of a request that was not answered, and sends it again. */
  settle(client: FaultClient): Promise<void>;
}

export function createStormWriter({ number, dialect, random, contents, shared, violations, count }: Surroundings): StormWriter {
  const entries: JournalEntry[] = [];

  const drawContent = (): Content => {
    const known = random.fraction() < repeatedContentShare ? random.pick(shared) : null;
    if (known !== null) return known;
    const content = contents.next(random);
    shared.push(content);
    return content;
  };
  const drawEntry = (): JournalEntry => {
    const freed = random.fraction() < reusedNameShare ? random.pick(entries.filter(isFree)) : null;
    if (freed !== null) return freed;
    const version = `${number}.${Math.floor(entries.length / filesPerVersion)}`;
    const entry: JournalEntry = { path: `storm/${version}/file-${entries.length}.bin`, possible: [null], pending: null };
    entries.push(entry);
    return entry;
  };
  const send = (client: FaultClient, path: string, content: Content): Promise<number | null> => {
    const bytes = contents.bytesOf(content);
    return random.fraction() < chunkedShare ? client.putChunked(path, bytes) : client.put(path, bytes);
  };
  const noteSilence = (entry: JournalEntry, isKilled: boolean): void => {
    if (!isKilled) violations.push({ kind: "broken connection", detail: `${entry.path}: no answer from a running server` });
  };
  const upload = async (client: FaultClient, isKilled: () => boolean): Promise<void> => {
    const entry = drawEntry();
    const content = drawContent();
    entry.pending = { kind: "upload", content };
    entry.possible = [null, content];
    const status = await send(client, entry.path, content);
    if (status === null) return noteSilence(entry, isKilled());
    if (status === 201) {
      count.uploads += 1;
      entry.possible = [content];
      entry.pending = null;
    } else violations.push({ kind: "unexpected answer", detail: `PUT ${entry.path}: ${status}` });
  };
  const remove = async (client: FaultClient, entry: JournalEntry, isKilled: () => boolean): Promise<void> => {
    entry.pending = { kind: "delete" };
    entry.possible = [...entry.possible, null];
    const status = await client.delete(entry.path);
    if (status === null) return noteSilence(entry, isKilled());
    if (status === 204) count.deletes += 1;
    else violations.push({ kind: "unexpected answer", detail: `DELETE ${entry.path}: ${status}` });
    entry.possible = [null];
    entry.pending = null;
  };
  return {
    dialect,
    entries,
    write: async (client, isKilled) => {
      while (!isKilled()) {
        const victim = random.fraction() < deleteShare ? random.pick(entries.filter(isHeld)) : null;
        if (victim === null) await upload(client, isKilled);
        else await remove(client, victim, isKilled);
        if (entries.some(({ pending }) => pending !== null)) return;
      }
    },
    settle: async (client) => {
      for (const entry of entries) {
        const { pending } = entry;
        if (pending === null) continue;
        const reading = await client.read(entry.path);
        const violation = judge(entry, reading);
        if (violation !== null) violations.push(violation);
        const isPresent = reading.kind === "content";
        entry.pending = null;
        if (pending.kind === "delete") {
          count.unansweredDeletes += 1;
          await settleDelete(client, entry, isPresent);
        } else {
          count[isPresent ? "whole" : "absent"] += 1;
          await settleUpload(client, entry, pending.content, isPresent);
        }
      }
    },
  };

  async function settleUpload(client: FaultClient, entry: JournalEntry, content: Content, isPresent: boolean): Promise<void> {
    const status = await send(client, entry.path, content);
    // GitLab adds a revision where Gitea meets a conflict.
    if (status !== (isPresent && dialect === "gitea" ? 409 : 201))
      violations.push({ kind: "retry refused", detail: `PUT ${entry.path} again: ${status ?? "no answer"}` });
    entry.possible = [content];
    const violation = judge(entry, await client.read(entry.path));
    if (violation !== null) violations.push(violation);
  }

  async function settleDelete(client: FaultClient, entry: JournalEntry, isPresent: boolean): Promise<void> {
    const status = await client.delete(entry.path);
    if (status !== (isPresent ? 204 : 404))
      violations.push({ kind: "retry refused", detail: `DELETE ${entry.path} again: ${status ?? "no answer"}` });
    entry.possible = [null];
  }
}

/** Certainly holds nothing. */
function isFree({ possible, pending }: JournalEntry): boolean {
  return pending === null && possible.length === 1 && possible[0] === null;
}

/** Certainly holds something. */
function isHeld({ possible, pending }: JournalEntry): boolean {
  return pending === null && possible.length === 1 && possible[0] !== null;
}
