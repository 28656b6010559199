import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReports } from "../test/support/marker-search.ts";

/** A quarter of the files gives so many logs and stored files to search. */
const leastSearched = 2000;
const faults = "test/faults/";
/** Of what each failed test has told, so much from its beginning and from its end is told again. */
const toldAgain = { charactersEach: 2000, tests: 8 } as const;
/** How long the tests of faults are meant to take at most, on a machine that does nothing else. */
const faultMinutes = 15;

/**
 * The one test command: runs every test file with the project's own runtime and says in one line how it ended. In CI a
 * skipped test is a failure. Every server of the tests is started with secrets that hold a marker, and what it has logged and
 * stored is searched when it ends: one marker fails the run, and so does a run of everything in which little was searched.
 * What failed tests have told is told again at the end, where the logs of a long run are often cut to.
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
tellFailures();
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

/** What stands between the end of the test before and that of one that failed; the runner names the failed ones once more at its end. */
function tellFailures(): void {
  const ended = /^\((pass|fail|skip|todo)\) .*$/gm;
  const told = new Map<string, string>();
  const all = output.join("");
  let fromIndex = 0;
  for (const { 0: line, 1: how, index } of all.matchAll(ended)) {
    const test = line.replace(/ \[[\d.]+ms\]$/, "");
    if (how === "fail" && !told.has(test)) told.set(test, all.slice(fromIndex, index));
    fromIndex = index + line.length;
  }
  for (const [test, text] of [...told].slice(0, toldAgain.tests)) console.log(`${test} has told:\n${shortened(text.trim())}\n`);
}

function shortened(text: string): string {
  const each = toldAgain.charactersEach;
  return text.length <= 2 * each ? text : `${text.slice(0, each)}\n[…]\n${text.slice(-each)}`;
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

