import { describe, expect, it } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/server-process.ts";

const lives = 4;
const publishesEach = 60;
const script = fileURLToPath(new URL("./publish-and-die.ts", import.meta.url));

describe("the log of a database whose process is killed", () => {
  it("does not grow with each kill", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "metadata.db");
    const logBytes: number[] = [];
    for (let life = 0; life < lives; life += 1) {
      const child = Bun.spawn([process.execPath, "--no-env-file", script, path, `group-${life}`, String(publishesEach)], { stdout: "inherit", stderr: "inherit" });
      await child.exited;
      expect(child.signalCode).toBe("SIGKILL");
      logBytes.push(statSync(`${path}-wal`).size);
    }
    console.log(JSON.stringify({ logBytes }));
    // The first has its own commits in the log and what made the tables; every other one moves what it found first.
    expect(Math.min(...logBytes)).toBeGreaterThan(1024 * 1024);
    expect(Math.max(...logBytes)).toBeLessThan(3 * (logBytes[0] ?? 0));
  }, 120_000);
});
