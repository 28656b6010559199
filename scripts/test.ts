/**
 * The one test command: runs every test file with the project's own runtime and says in one line how it ended. In CI a
 * skipped test is a failure.
 */
const files = process.argv.slice(2);
const child = Bun.spawn([process.execPath, "--no-env-file", "test", "--timeout", "120000", ...files], {
  stdin: "ignore",
  stdout: "pipe",
  stderr: "pipe",
  env: { ...process.env, NO_COLOR: "1" },
});

const output: string[] = [];
await Promise.all([pass(child.stdout, process.stdout), pass(child.stderr, process.stderr)]);
const exitCode = await child.exited;
const passed = count("pass");
const failed = count("fail");
const skipped = count("skip") + count("todo");
const isSkipFatal = process.env["CI"] !== undefined && skipped > 0;
if (skipped > 0) console.log(isSkipFatal ? `${skipped} skipped: in CI nothing is skipped` : `${skipped} skipped`);
console.log(`${passed} passed, ${failed + (isSkipFatal ? skipped : 0)} failed`);
process.exit(exitCode === 0 && passed > 0 && !isSkipFatal ? 0 : 1);

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

export {};
