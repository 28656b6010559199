import { sha256Of, type Content, type Contents } from "../support/fault-content.ts";
import { judge, type Violation } from "../support/fault-journal.ts";
import type { Random } from "../support/fault-random.ts";
import type { SoakClient } from "./soak-client.ts";
import type { SoakName, SoakNames } from "./soak-names.ts";

/** How often each kind of request comes; changes keep the number of names at the target. */
const shares = { change: 0.35, read: 0.3, range: 0.15, condition: 0.05 } as const;
const repeatedContentShare = 0.15;
const revisionShare = 0.1;
const mostKnownContents = 2000;
const listLimit = 20;

/** How many requests of each kind were answered as they should. */
export interface SoakCounts {
  published: number;
  deleted: number;
  read: number;
  ranges: number;
  conditions: number;
  lists: number;
  /** Not answered, because the server was killed meanwhile. */
  unanswered: number;
}

/** The mixed load of a soak, one request at a time. */
export function createSoakActions(parts: {
  readonly random: Random;
  readonly contents: Contents;
  readonly names: SoakNames;
  readonly targetNames: number;
  readonly violations: Violation[];
  readonly counts: SoakCounts;
  /** Whether silence is the server's fault. */
  readonly isServing: (client: SoakClient) => boolean;
}) {
  const { random, contents, names, violations, counts } = parts;
  const known: Content[] = [];
  const drawContent = (): Content => {
    const repeated = random.fraction() < repeatedContentShare ? random.pick(known) : null;
    if (repeated !== null) return repeated;
    const sizeBytes = Math.max(1, Math.round(Math.exp(random.fraction() * Math.log(1_000_000))));
    const content = contents.ofSize(random, sizeBytes);
    if (known.length < mostKnownContents) known.push(content);
    else known[random.whole(0, known.length)] = content;
    return content;
  };
  const report = (kind: Violation["kind"], detail: string): void => void violations.push({ kind, detail });
  const noteSilence = (client: SoakClient, what: string): void => {
    counts.unanswered += 1;
    if (parts.isServing(client)) report("broken connection", `${what}: no answer from a running server`);
  };

  const publish = async (client: SoakClient): Promise<void> => {
    const revised = random.fraction() < revisionShare ? names.draw(random, "change") : null;
    const name = revised?.dialect === "gitlab" ? revised : names.fresh(random);
    const content = drawContent();
    name.isChanging = true;
    name.pending = { kind: "upload", content };
    name.possible = [...name.possible, content];
    const status = await client.put(name, contents.bytesOf(content));
    if (status === null) return noteSilence(client, `PUT ${name.path}`);
    if (status !== 201) return report("unexpected answer", `PUT ${name.path}: ${status}`);
    counts.published += 1;
    names.settle(name, content);
  };
  const remove = async (client: SoakClient): Promise<void> => {
    const name = names.draw(random, "change");
    if (name === null) return;
    name.isChanging = true;
    name.pending = { kind: "delete" };
    name.possible = [...name.possible, null];
    const status = await client.delete(name);
    if (status === null) return noteSilence(client, `DELETE ${name.path}`);
    if (status !== 204) return report("unexpected answer", `DELETE ${name.path}: ${status}`);
    counts.deleted += 1;
    names.settle(name, null);
  };
  const reading = async (act: (name: SoakName, content: Content) => Promise<void>): Promise<void> => {
    const name = names.draw(random, "read");
    const content = name?.possible[0];
    if (name === null || content === null || content === undefined) return;
    name.readers += 1;
    await act(name, content).finally(() => (name.readers -= 1));
  };
  const read = (client: SoakClient): Promise<void> =>
    reading(async (name) => {
      const path = random.fraction() < 0.3 ? client.otherPathOf(name) : client.pathOf(name);
      const found = await client.read(path);
      if (found === null) return noteSilence(client, `GET ${name.path}`);
      const violation = judge(name, found);
      if (violation === null) counts.read += 1;
      else violations.push(violation);
    });
  const range = (client: SoakClient): Promise<void> =>
    reading(async (name, content) => {
      const from = random.whole(0, content.sizeBytes);
      const to = random.whole(from, content.sizeBytes);
      const answer = await client.send(client.pathOf(name), { headers: { range: `bytes=${from}-${to}` } });
      if (answer === null) return noteSilence(client, `GET ${name.path}, a range`);
      const wanted = contents.bytesOf(content).subarray(from, to + 1);
      if (answer.status !== 206) return report("unexpected answer", `GET ${name.path} ${from}-${to}: ${answer.status}`);
      if (sha256Of(answer.bytes) !== sha256Of(wanted)) return report("wrong bytes", `GET ${name.path} ${from}-${to}`);
      counts.ranges += 1;
    });
  const condition = (client: SoakClient): Promise<void> =>
    reading(async (name) => {
      const head = await client.send(client.pathOf(name), { method: "HEAD" });
      if (head === null) return noteSilence(client, `HEAD ${name.path}`);
      const etag = head.headers.get("etag") ?? "";
      const answer = await client.send(client.pathOf(name), { headers: { "if-none-match": etag } });
      if (answer === null) return noteSilence(client, `GET ${name.path}, a condition`);
      if (head.status === 200 && answer.status === 304) counts.conditions += 1;
      else report("unexpected answer", `${name.path}: HEAD ${head.status}, If-None-Match ${answer.status}`);
    });
  const list = async (client: SoakClient): Promise<void> => {
    const page = random.whole(1, 4);
    const path =
      random.fraction() < 0.5
        ? `/api/v1/packages/root?limit=${listLimit}&page=${page}`
        : `/api/v4/projects/${client.project}/packages?per_page=${listLimit}&page=${page}`;
    const answer = await client.send(path);
    if (answer === null) return noteSilence(client, `GET ${path}`);
    const listed: unknown = answer.status === 200 ? JSON.parse(new TextDecoder().decode(answer.bytes)) : null;
    if (Array.isArray(listed) && listed.length <= listLimit) counts.lists += 1;
    else report("unexpected answer", `GET ${path}: ${answer.status}`);
  };
  return {
    /** Sends one request, drawn at random, and compares its answer with what is known. Never throws for what the server does. */
    act: (client: SoakClient): Promise<void> => {
      const drawn = random.fraction();
      if (drawn < shares.change) return names.held().length < parts.targetNames ? publish(client) : remove(client);
      if (drawn < shares.change + shares.read) return read(client);
      if (drawn < shares.change + shares.read + shares.range) return range(client);
      if (drawn < shares.change + shares.read + shares.range + shares.condition) return condition(client);
      return list(client);
    },
  };
}
