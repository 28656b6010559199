import type { Random } from "../support/fault-random.ts";

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
  /** With a power cut, what was not synced may be there or not. */
  | { readonly kind: "crash"; readonly isPowerCut: boolean };

/** One entry of a history. Operations of one actor come one after the other; those of different actors at the same time. */
export type Operation = { readonly id: number } & (
  | ({ readonly by: "client"; readonly client: number } & Request)
  | ({ readonly by: "world" } & Happening)
);

/** Everything that decides a run in the simulation: the same history with the same seed runs the same way. */
export interface History {
  readonly seed: number;
  readonly operations: readonly Operation[];
}

export interface HistoryShape {
  readonly requests: number;
  readonly happenings: number;
  readonly crashes: number;
}

const hourMs = 3_600_000;
/** How long something must have been unreachable before it is collected. */
export const graceMs = hourMs;
const clockSteps = [-2 * hourMs, -600_000, 600_000, 2 * hourMs, 3 * hourMs, 72 * hourMs] as const;

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

/** A random history. Crashes are spread evenly over the happenings. */
export function drawHistory(random: Random, shape: HistoryShape): History {
  const mood = drawMood(random);
  const operations: Operation[] = [];
  for (let id = 0; id < shape.requests; id += 1)
    operations.push({ id, by: "client", client: random.whole(0, clientCount), ...drawRequest(random, mood) });
  const every = Math.floor(shape.happenings / (shape.crashes + 1)) + 1;
  for (let number = 1; number <= shape.happenings; number += 1) {
    const isCrash = shape.crashes > 0 && number % every === 0;
    const happening = isCrash ? ({ kind: "crash", isPowerCut: random.fraction() < 0.6 } as const) : drawHappening(random, mood);
    operations.push({ id: shape.requests + number, by: "world", ...happening });
  }
  return { seed: random.whole(0, 4_294_967_296), operations };
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
