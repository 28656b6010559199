import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readReports } from "../test/support/marker-search.ts";

/**
 * The one test command: runs every test file with the project's own runtime and says in one line how it ended. In CI a
 * skipped test is a failure. Every server of the tests is started with secrets that hold a marker, and what it has logged and
 * stored is searched when it ends: one marker fails the run.
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
await Promise.all([pass(child.stdout, process.stdout), pass(child.stderr, process.stderr)]);
const exitCode = await child.exited;
const passed = count("pass");
const failed = count("fail");
const skipped = count("skip") + count("todo");
const isSkipFatal = process.env["CI"] !== undefined && skipped > 0;
if (skipped > 0) console.log(isSkipFatal ? `${skipped} skipped: in CI nothing is skipped` : `${skipped} skipped`);
const leaks = countMarkers();
console.log(`${passed} passed, ${failed + (isSkipFatal ? skipped : 0)} failed`);
process.exit(exitCode === 0 && passed > 0 && !isSkipFatal && leaks === 0 ? 0 : 1);

/** How many markers stood in what servers have written; says where, and how much was searched. */
function countMarkers(): number {
  const searched = readReports(markerFolder);
  rmSync(markerFolder, { recursive: true, force: true });
  const hit = searched.filter(({ hits }) => hits > 0);
  for (const what of new Set(hit.map((one) => one.what))) console.log(`a secret stands in ${what}`);
  const bytes = searched.reduce((sum, one) => sum + one.bytes, 0);
  const markers = hit.reduce((sum, one) => sum + one.hits, 0);
  console.log(JSON.stringify({ search: "markers of secrets", things: searched.length, bytes, markers }));
  return markers;
}

async function pass(from: ReadableStream<Uint8Array>, to: NodeJS.WriteStream): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of from) {
    output.push(decoder.decode(chunk, { stream: true }));
    to.write(chunk);
  }
}

/** The number in the runner's closing lines, such as ` 12 pass`. */
function count(word: string): number {
  const found = [...output.join("").matchAll(new RegExp(`^\\s*(\\d+) ${word}$`, "gm"))].at(-1);
  return Number(found?.[1] ?? 0);
}

