import { appendFileSync, closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the secrets of all suites begin with: passwords, and the tokens with which servers are started for tests. */
const markers = ["Marker-", "marker0token0of0the0"] as const;

/** The same as it is and as it travels. Nothing that a server writes may ever hold one. */
const needles: readonly Buffer[] = markers.flatMap((marker) => [marker, Buffer.from(marker).toString("hex"), ...inBase64(marker)]).map((text) => Buffer.from(text));

/** What of a text is the same in base64, wherever in a longer one it stands: behind 3n, 3n + 1 and 3n + 2 bytes. */
function inBase64(text: string): readonly string[] {
  const sixBits = (bytes: number): number => (bytes * 8) / 6;
  return [0, 1, 2].map((before) => btoa(`${" ".repeat(before)}${text}`).slice(Math.ceil(sixBits(before)), Math.floor(sixBits(before + text.length))));
}

/** One thing that was searched. */
export interface Searched {
  readonly what: string;
  readonly bytes: number;
  /** How many markers stand in it. */
  readonly hits: number;
}

/** The folder in which the test command collects what was searched; without one nothing is. */
const reportFolder = process.env["STOWAGE_MARKER_FOLDER"] ?? "";
const windowBytes = 1 << 20;
const overlapBytes = 64;
/**
 * What SQLite may hold locks on in this process: records, their log and index, and the lock of the folder. Closing any
 * descriptor of such a file takes them away (fcntl), so that another process removes the log of a store that is open here.
 */
const locked = /\.db(-wal|-shm)?$|lock/;
/** Contents are what clients sent, and ballast is zeros that keep its place on the disk. */
const unsearched = /^blobs\/|\.db-ballast\//;

/** Searches what a server has told, and reports it. */
export function searchTold(what: string, text: string): void {
  if (reportFolder !== "") report([{ what, bytes: Buffer.byteLength(text), hits: hitsIn(Buffer.from(text)) }]);
}

/** Searches every data folder in a folder, the folder itself among them, and reports it. Files that go meanwhile are passed over. */
export function searchStored(folder: string): void {
  if (reportFolder !== "") report(dataFoldersIn(folder, 3).flatMap(searchDataFolder));
}

/** What stands in the files of one data folder: records, their log, locks and what is staged. */
export function searchDataFolder(folder: string): Searched[] {
  const found: Searched[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    try {
      if (unsearched.test(name) || !statSync(path).isFile()) continue;
      // Uploads that are under way have names of their own each.
      found.push({ what: name.replace(/^staging\/.*/, "staging"), bytes: statSync(path).size, hits: locked.test(name) ? hitsElsewhere(path) : hitsInFile(path) });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ELOOP"))) throw error;
    }
  }
  return found;
}

/** Everything that was reported to a folder. */
export function readReports(folder: string): readonly Searched[] {
  return readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").filter((line) => line !== "").map((line): Searched => JSON.parse(line)));
}

function report(searched: readonly Searched[]): void {
  if (searched.length > 0) appendFileSync(join(reportFolder, `${process.pid}.jsonl`), searched.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

/** A folder is a data folder where it has records. */
function dataFoldersIn(folder: string, depth: number): string[] {
  if (!existsSync(folder)) return [];
  if (existsSync(join(folder, "stowage.db"))) return [folder];
  if (depth === 0) return [];
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => dataFoldersIn(join(folder, entry.name), depth - 1));
}

/** How many markers stand in some bytes. */
export function hitsIn(bytes: Buffer): number {
  let hits = 0;
  for (const needle of needles) for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) hits += 1;
  return hits;
}

/** The same of a file that another process reads; none in one that is gone. */
function hitsElsewhere(path: string): number {
  const { stdout, exitCode } = Bun.spawnSync(["cat", path], { stderr: "ignore" });
  if (exitCode !== 0 && existsSync(path)) throw new Error(`${path} could not be read`);
  return hitsIn(stdout);
}

/** The same of a file, of which no more than a window is in memory. */
function hitsInFile(path: string): number {
  const file = openSync(path, "r");
  try {
    const window = Buffer.alloc(windowBytes + overlapBytes);
    let hits = 0;
    let kept = 0;
    for (;;) {
      const read = readSync(file, window, kept, windowBytes, null);
      if (read === 0) return hits;
      hits += hitsIn(window.subarray(0, kept + read)) - hitsIn(window.subarray(0, kept));
      const end = kept + read;
      kept = Math.min(overlapBytes, end);
      window.copyWithin(0, end - kept, end);
    }
  } finally {
    closeSync(file);
  }
}
