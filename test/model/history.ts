import { createRandom, type Random } from "../support/fault-random.ts";

/** The packages that histories are about. What a namespace decides of duplicates comes before what a dialect would do. */
export const packages = [
  { namespace: "root", name: "alpha", duplicates: null },
  { namespace: "root", name: "beta", duplicates: null },
  { namespace: "same", name: "gamma", duplicates: "identical" },
] as const;
/** So few that clients meet all the time, and that one content is named by several packages. */
const versions = ["1.0", "2.0"] as const;
const files = ["a.bin", "b.bin"] as const;
const contentCount = 4;

export const clientCount = 8;

/** Small contents, told apart by number. */
export const contents: readonly Buffer<ArrayBuffer>[] = Array.from({ length: contentCount }, (_, number) =>
  Buffer.alloc(100 * number + 40, `the content with the number ${number} `),
);

interface FileAddress {
  readonly package: number;
  readonly version: string;
  readonly file: string;
}

/** What a client asks of the registry. */
export type Request =
  | ({ readonly kind: "publish"; readonly dialect: "gitea" | "gitlab"; readonly content: number } & FileAddress)
  | ({ readonly kind: "read" | "delete file"; readonly dialect: "gitea" | "gitlab" } & FileAddress)
  | ({ readonly kind: "delete version" | "list files" } & Omit<FileAddress, "file">)
  | { readonly kind: "delete package" | "list versions" | "latest"; readonly package: number };

/** What happens to the registry. */
type Happening =
  /** Beside the server, in a process that outlives its crash, or in its own. */
  | { readonly kind: "collect" | "verify"; readonly isElsewhere: boolean }
  | { readonly kind: "compute digests" }
  | { readonly kind: "damage"; readonly content: number }
  | { readonly kind: "step clock"; readonly byMs: number }
  /** With a power cut, what was not synced may be there or not, and every process ends; a real server is only killed. */
  | { readonly kind: "crash"; readonly isPowerCut: boolean };

/**
 * One entry of a history. Each begins after those that are listed before it, and before those that are listed after it; one of
 * a client also waits for the end of what that client asked before. All that have begun run at the same time.
 */
export type Operation = {
  readonly id: number;
  /** How long after the operation before, in a time that each place where histories are played has its own measure for. */
  readonly pause: number;
} & (({ readonly by: "client"; readonly client: number } & Request) | ({ readonly by: "world" } & Happening));

/** What is played in the simulation and against a real server. The same history runs the same way in each simulation. */
export interface History {
  /** Draws the history again; decides what only the simulation decides: how long each step takes, what a power cut leaves. */
  readonly seed: number;
  readonly operations: readonly Operation[];
}

/** How much of what a history has: of what happens, so many are crashes. */
const shape = { requests: 160, happenings: 80, crashes: 3 } as const;
export const historyLength = shape.requests + shape.happenings;

const hourMs = 3_600_000;
/** How long something must have been unreachable before it is collected. */
export const graceMs = hourMs;
/** So old are the records when a history begins: what is older than they are is left alone by collection. */
export const recordsAgeMs = 30 * 24 * hourMs;
/** The clock is never stepped further back than this from where it would be without any step. */
const earliestMs = -20 * 24 * hourMs;
const clockSteps = [-2 * hourMs, -600_000, 600_000, 2 * hourMs, 3 * hourMs, 72 * hourMs] as const;

/** How far the clock is ahead after a step; negative when it is behind. */
export function aheadAfter(aheadMs: number, { byMs }: { readonly byMs: number }): number {
  return Math.max(aheadMs + byMs, earliestMs);
}

/** What one history does much of: histories that differ meet more than histories that are all alike. */
interface Mood {
  readonly packages: number;
  readonly contents: number;
  readonly publishing: number;
  readonly deleting: number;
  readonly collecting: number;
  /** Of the clock's steps, those that let time pass. */
  readonly ageing: number;
}

function drawMood(random: Random): Mood {
  return {
    packages: random.whole(1, packages.length + 1),
    contents: random.whole(1, contentCount + 1),
    publishing: 0.3 + 0.2 * random.fraction(),
    deleting: 0.1 + 0.3 * random.fraction(),
    collecting: 0.3 + 0.3 * random.fraction(),
    ageing: 0.4 + 0.6 * random.fraction(),
  };
}

/** Most pauses are short, some so long that much of what runs comes to its end. */
const longestPauses = [10, 10, 10, 10, 30, 30, 100, 1000] as const;

/**
 * The history of a seed. The clients take turns, so that as many requests as can be run at the same time. What happens is
 * spread evenly over the requests, and the crashes over what happens.
 */
export function drawHistory(seed: number): History {
  const random = createRandom(seed);
  const mood = drawMood(random);
  const operations: Operation[] = [];
  const crashEvery = Math.floor(shape.happenings / (shape.crashes + 1)) + 1;
  let happenings = 0;
  for (let id = 0; id < historyLength; id += 1) {
    const entry = { id, pause: random.whole(0, random.pick(longestPauses) ?? 1) };
    if (Math.floor(((id + 1) * shape.happenings) / historyLength) === happenings) {
      operations.push({ ...entry, by: "client", client: (id - happenings) % clientCount, ...drawRequest(random, mood) });
      continue;
    }
    happenings += 1;
    const isCrash = happenings % crashEvery === 0;
    const happening = isCrash ? ({ kind: "crash", isPowerCut: random.fraction() < 0.6 } as const) : drawHappening(random, mood);
    operations.push({ ...entry, by: "world", ...happening });
  }
  return { seed, operations };
}

function drawRequest(random: Random, mood: Mood): Request {
  const version = { package: random.whole(0, mood.packages), version: versions[random.whole(0, versions.length)] ?? "1.0" };
  const address = { ...version, file: files[random.whole(0, files.length)] ?? "a.bin" };
  const dialect = random.fraction() < 0.5 ? "gitea" : "gitlab";
  let lot = random.fraction();
  const isWithin = (share: number): boolean => (lot -= share) < 0;
  if (isWithin(mood.publishing)) return { kind: "publish", dialect, content: random.whole(0, mood.contents), ...address };
  if (isWithin(mood.deleting / 2)) return { kind: "delete file", dialect, ...address };
  if (isWithin(mood.deleting / 4)) return { kind: "delete version", ...version };
  if (isWithin(mood.deleting / 4)) return { kind: "delete package", package: version.package };
  if (isWithin(0.06)) return { kind: "list files", ...version };
  if (isWithin(0.04)) return { kind: random.fraction() < 0.5 ? "list versions" : "latest", package: version.package };
  return { kind: "read", dialect, ...address };
}

function drawHappening(random: Random, mood: Mood): Happening {
  let lot = random.fraction();
  const isWithin = (share: number): boolean => (lot -= share) < 0;
  const isElsewhere = random.fraction() < 0.5;
  if (isWithin(mood.collecting)) return { kind: "collect", isElsewhere };
  if (isWithin(0.06)) return { kind: "verify", isElsewhere };
  if (isWithin(0.03)) return { kind: "compute digests" };
  if (isWithin(0.05)) return { kind: "damage", content: random.whole(0, mood.contents) };
  const isAgeing = random.fraction() < mood.ageing;
  return { kind: "step clock", byMs: isAgeing ? 2 * hourMs : (random.pick(clockSteps) ?? 0) };
}
