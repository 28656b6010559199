import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReports } from "../test/support/marker-search.ts";

/** A quarter of the files gives so many logs and stored files to search. */
const leastSearched = 2000;
const faults = "test/faults/";
/** How long the tests of faults are meant to take at most, on a machine that does nothing else. */
const faultMinutes = 15;

/**
 * The one test command: runs every test file with the project's own runtime and says in one line how it ended. In CI a
 * skipped test is a failure. Every server of the tests is started with secrets that hold a marker, and what it has logged and
 * stored is searched when it ends: one marker fails the run, and so does a run of everything in which little was searched.
 */
const markerFolder = mkdtempSync(join(tmpdir(), "stowage-markers-"));
const files = process.argv.slice(2);
const child = Bun.spawn([process.execPath, "--no-env-file", "test", "--timeout", "120000", ...files], {
  stdin: "ignore",
  stdout: "pipe",
  stderr: "pipe",
  env: { ...process.env, NO_COLOR: "1", STOWAGE_MARKER_FOLDER: markerFolder },
});

const output: string[] = [];
/** When each test file began: the runner tells its name in a line of its own. */
const begun: { readonly file: string; readonly atMs: number }[] = [];
await Promise.all([pass(child.stdout, process.stdout), pass(child.stderr, process.stderr)]);
const exitCode = await child.exited;
const passed = count("pass");
const failed = count("fail");
const skipped = count("skip") + count("todo");
const isSkipFatal = process.env["CI"] !== undefined && skipped > 0;
if (skipped > 0) console.log(isSkipFatal ? `${skipped} skipped: in CI nothing is skipped` : `${skipped} skipped`);
const isSearched = searchMarkers();
tellFaultTime();
console.log(`${passed} passed, ${failed + (isSkipFatal ? skipped : 0)} failed`);
process.exit(exitCode === 0 && passed > 0 && !isSkipFatal && isSearched ? 0 : 1);

/** Whether no marker stood in what servers have written, of which there has to be enough; says where, and how much was searched. */
function searchMarkers(): boolean {
  const searched = readReports(markerFolder);
  rmSync(markerFolder, { recursive: true, force: true });
  const hit = searched.filter(({ hits }) => hits > 0);
  for (const what of new Set(hit.map((one) => one.what))) console.log(`a secret stands in ${what}`);
  const bytes = searched.reduce((sum, one) => sum + one.bytes, 0);
  const markers = hit.reduce((sum, one) => sum + one.hits, 0);
  console.log(JSON.stringify({ search: "markers of secrets", things: searched.length, bytes, markers }));
  const isHollow = files.length === 0 && searched.length < leastSearched;
  if (isHollow) console.log(`a run of everything searches at least ${leastSearched} things`);
  return markers === 0 && !isHollow;
}

/** Says how long the tests of faults took, from the beginning of each file to that of the next. */
function tellFaultTime(): void {
  const endMs = performance.now();
  const times = begun.map(({ file, atMs }, index) => ({ file, ms: (begun[index + 1]?.atMs ?? endMs) - atMs })).filter(({ file }) => file.startsWith(faults));
  if (times.length === 0) return;
  const seconds = Math.round(times.reduce((sum, { ms }) => sum + ms, 0) / 1000);
  console.log(JSON.stringify({ suite: faults, files: times.length, seconds, wantedAtMost: faultMinutes * 60 }));
}

async function pass(from: ReadableStream<Uint8Array>, to: NodeJS.WriteStream): Promise<void> {
  const decoder = new TextDecoder();
  let line = "";
  for await (const chunk of from) {
    const text = decoder.decode(chunk, { stream: true });
    output.push(text);
    to.write(chunk);
    const lines = `${line}${text}`.split("\n");
    line = lines.pop() ?? "";
    for (const whole of lines) {
      const [, file] = /^(\S+\.test\.ts):$/.exec(whole) ?? [];
      if (file !== undefined) begun.push({ file, atMs: performance.now() });
    }
  }
}

/** The number in the runner's closing lines, such as ` 12 pass`. */
function count(word: string): number {
  const found = [...output.join("").matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, "gm"))].at(-1);
  return Number(found?.[1] ?? 0);
}

