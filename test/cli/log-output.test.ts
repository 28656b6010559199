import { describe, expect, it } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const lineBytes = 1024;
const lines = 2000;
const mostWaiting = 256 * 1024;

/** Writes its lines as fast as it can, says so on its standard error, and what was left out when it is told. */
const program = `
  import { createLogOutput } from ${JSON.stringify(new URL("../../src/cli/log-output.ts", import.meta.url).pathname)};
  const write = createLogOutput(process.stdout, (left) => {
    write("later\\n");
    process.stderr.write(left + "\\n");
    process.stdout.write("", () => process.exit(0));
  }, ${mostWaiting});
  for (let number = 0; number < ${lines}; number += 1) write("x".repeat(${lineBytes - 1}) + "\\n");
  process.stderr.write("written\\n");
  setInterval(() => undefined, 1000);
`;

/** Reads nothing until the gate is there. */
const pipeline = '"$0" -e "$1" | { until [ -e "$2" ]; do sleep 0.02; done; cat; }';

describe("the output of the log, when nobody reads it", () => {
  it("keeps no more than it may, tells how many lines it left out, and goes on once somebody reads", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stowage-log-"));
    const gate = join(folder, "gate");
    const reader = Bun.spawn(["sh", "-c", pipeline, process.execPath, program, gate], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    try {
      let told = "";
      for await (const part of reader.stderr) {
        told += new TextDecoder().decode(part);
        if (told.includes("written\n")) writeFileSync(gate, "");
      }
      const text = await new Response(reader.stdout).text();
      const leftOut = Number(/written\n(\d+)\n/.exec(told)?.[1]);
      const written = text.split("\n").length - 1;
      expect(text.endsWith("\nlater\n")).toBe(true);
      expect(leftOut).toBeGreaterThan(0);
      expect(written - 1 + leftOut).toBe(lines);
      expect(text.length).toBeLessThan(mostWaiting + 2 * 65_536);
      expect(await reader.exited).toBe(0);
    } finally {
      writeFileSync(gate, "");
      reader.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
});
