import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import { lstatSync } from "node:fs";
import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSmallContents } from "../../src/blob-stores/small-contents.ts";

function sha256Of(bytes: Uint8Array): string {
  return Bun.CryptoHasher.hash("sha256", bytes, "hex");
}

describe("small contents in memory", () => {
  let directory = "";
  let path = "";
  const bytes = crypto.getRandomValues(new Uint8Array(10_000));
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "stowage-small-"));
    path = join(directory, "file");
    await writeFile(path, bytes);
  });
  afterEach(() => rm(directory, { recursive: true }));
  const read = async (content: Blob | "corrupt" | "resized" | null) => (content instanceof Blob ? await content.bytes() : content);

  it("are read once, and given out as long as the file is the same", async () => {
    let nowMs = 1000;
    const contents = createSmallContents(() => nowMs);
    expect(contents.recent("a", bytes.byteLength)).toBeNull();
    const first = contents.open("a", path, lstatSync(path), sha256Of(bytes));
    expect(await read(first)).toEqual(bytes);
    expect(contents.recent("a", bytes.byteLength)).toBe(first as Blob);
    nowMs += 1;
    expect(contents.recent("a", bytes.byteLength)).toBeNull();
    expect(contents.open("a", path, lstatSync(path), sha256Of(bytes))).toBe(first as Blob);
    expect(contents.recent("a", bytes.byteLength)).toBe(first as Blob);
    expect(contents.recent("a", bytes.byteLength + 1)).toBeNull();
  });

  it("are compared with their hash whenever the file is another one", async () => {
    const contents = createSmallContents();
    contents.open("a", path, lstatSync(path), sha256Of(bytes));
    const flipped = bytes.slice();
    flipped[5_000] = (flipped[5_000] ?? 0) ^ 1;
    await writeFile(path, flipped);
    expect(contents.open("a", path, lstatSync(path), sha256Of(bytes))).toBe("corrupt");
    await writeFile(join(directory, "new"), bytes);
    await rename(join(directory, "new"), path);
    expect(await read(contents.open("a", path, lstatSync(path), sha256Of(bytes)))).toEqual(bytes);
  });

  it("are kept only when they are asked for again; the first time they are read and compared", async () => {
    const contents = createSmallContents();
    const once = contents.readOnce("a", path, bytes.byteLength, sha256Of(bytes));
    expect(await read(once)).toEqual(bytes);
    expect(contents.recent("a", bytes.byteLength)).toBeNull();
    expect(contents.readOnce("a", path, bytes.byteLength, sha256Of(bytes))).toBeNull();
    contents.open("a", path, lstatSync(path), sha256Of(bytes));
    expect(contents.readOnce("a", path, bytes.byteLength, sha256Of(bytes))).toBeNull();
    expect(contents.recent("a", bytes.byteLength)).not.toBeNull();
  });

  it("are asked for the first time again after two thousand others", () => {
    const contents = createSmallContents();
    const ask = (name: string) => contents.readOnce(name, path, bytes.byteLength, sha256Of(bytes));
    expect(ask("a")).not.toBeNull();
    for (let number = 0; number < 1000; number += 1) ask(String(number));
    expect(ask("a")).toBeNull();
    for (let number = 1000; number < 3100; number += 1) ask(String(number));
    expect(ask("a")).not.toBeNull();
  });

  it("are left to a closer look when what is there is not exactly them, and nothing there holds up the thread", async () => {
    const contents = createSmallContents();
    let asked = 0;
    const ask = (at: string, sizeBytes = bytes.byteLength) => contents.readOnce(`name ${(asked += 1)}`, at, sizeBytes, sha256Of(bytes));
    expect(ask(path)).not.toBeNull();
    expect(ask(path, bytes.byteLength - 1)).toBeNull();
    expect(ask(path, bytes.byteLength + 1)).toBeNull();
    expect(ask(join(directory, "absent"))).toBeNull();
    expect(ask(directory)).toBeNull();
    await symlink(path, join(directory, "link"));
    expect(ask(join(directory, "link"))).toBeNull();
    expect(Bun.spawnSync(["mkfifo", join(directory, "pipe")]).exitCode).toBe(0);
    expect(ask(join(directory, "pipe"))).toBeNull();
    const flipped = bytes.slice();
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    await writeFile(path, flipped);
    expect(ask(path)).toBeNull();
  });

  it("are no file that grew, went, became a link, or cannot be read after it was looked at", async () => {
    const found = lstatSync(path);
    const contents = createSmallContents();
    const open = (at = path): unknown => {
      try {
        return contents.open("a", at, found, sha256Of(bytes));
      } catch (error) {
        return error;
      }
    };
    await writeFile(path, Buffer.concat([bytes, bytes]));
    expect(open()).toBe("resized");
    await writeFile(path, bytes.subarray(1));
    expect(open()).toBe("resized");
    await rename(path, join(directory, "elsewhere"));
    expect(open()).toMatchObject({ code: "ENOENT" });
    await symlink(join(directory, "elsewhere"), path);
    expect(open()).toMatchObject({ code: "ELOOP" });
    expect(open(directory)).toMatchObject({ code: "EISDIR" });
    // Reading the first page of a process's memory is an input error.
    expect(open("/proc/self/mem")).toMatchObject({ code: "EIO" });
    expect(contents.readOnce("b", "/proc/self/mem", bytes.byteLength, sha256Of(bytes))).toBeNull();
    expect(contents.recent("a", bytes.byteLength)).toBeNull();
  });

  it("are at most 16 MiB: what was not used for longest goes first", async () => {
    const contents = createSmallContents();
    const large = new Uint8Array(64 * 1024);
    await writeFile(path, large);
    const found = lstatSync(path);
    const open = (name: string) => contents.open(name, path, found, sha256Of(large));
    for (let index = 0; index < 256; index += 1) open(`${index}`);
    const used = open("0");
    open("one more");
    expect(contents.recent("1", large.byteLength)).toBeNull();
    expect(open("0")).toBe(used as Blob);
  });
});
