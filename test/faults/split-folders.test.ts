import { describe, expect, it } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDiskStore } from "../../src/blob-stores/disk.ts";
import { runProgram } from "../support/run-program.ts";

const isPossible = process.platform === "linux" && process.getuid?.() === 0;
const isSkipped = !isPossible && process.env["CI"] === undefined;

describe.skipIf(isSkipped)(`a folder for blobs${isSkipped ? " (skipped: needs Linux and root, for a mount)" : ""}`, () => {
  it("is refused where staging and blobs lie on two file systems, since nothing could be renamed from one to the other", async () => {
    const begunMs = performance.now();
    const directory = mkdtempSync(join(tmpdir(), "stowage-split-"));
    const blobs = join(directory, "blobs");
    try {
      mkdirSync(blobs);
      await runProgram(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", blobs]);
      try {
        const failure = await openDiskStore(directory).then(
          async (store) => store.close(),
          (error: unknown) => error,
        );
        expect(String(failure)).toContain("must be on one file system");
        console.log(JSON.stringify({ test: "split folders", refused: 1, seconds: Math.round((performance.now() - begunMs) / 1000) }));
      } finally {
        await runProgram(["umount", blobs]);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
