import { describe, expect, it } from "bun:test";
import { Glob } from "bun";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const textOf = (path: string): Promise<string> => Bun.file(join(root, path)).text();
const page = await textOf("docs/reliability.md");
const named = [...new Set([...page.matchAll(/`((?:src|test)\/[^`\s]+)`/g)].map(([, path = ""]) => path))];
const namedTests = named.filter((path) => path.endsWith(".test.ts"));
const filesAt = (pattern: string): readonly string[] => [...new Glob(pattern).scanSync(root)].toSorted();

describe("the page of promises", () => {
  it("names files that exist", () => {
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it("names every test of faults and of the model", () => {
    const tests = filesAt("test/{faults,model}/*.test.ts");
    expect(tests.length).toBeGreaterThan(20);
    expect(tests.filter((path) => !namedTests.includes(path))).toEqual([]);
  });

  it("has a test for each promise, and something that keeps it", () => {
    const rows = page.split("\n").filter((line) => line.startsWith("| ") && !/^\| (Promise|---) /.test(line));
    expect(rows.length).toBeGreaterThan(25);
    const isWhole = (row: string): boolean => {
      const [promise = "", keeper = "", test = ""] = row.split(" | ");
      return promise.length > 10 && /`src\/[^`]+`/.test(keeper) && /`test\/[^`]+\.test\.ts`/.test(test);
    };
    expect(rows.filter((row) => !isWhole(row))).toEqual([]);
  });

  it("names the tests that have to catch each server that is broken on purpose", async () => {
    const broken = filesAt("test/faults/server-entry-*.ts").filter((path) => !path.endsWith("-steered.ts"));
    expect(broken.length).toBeGreaterThanOrEqual(8);
    const tests = (await Promise.all(namedTests.map(textOf))).join("\n");
    expect(broken.filter((path) => !tests.includes(path.slice(path.lastIndexOf("/") + 1)))).toEqual([]);
  });
});
