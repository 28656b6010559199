import { describe, expect, it } from "bun:test";
import { Glob } from "bun";
import { join, normalize } from "node:path";
import { houseRules, importsOf, refuseImport } from "./architecture.ts";

const root = join(import.meta.dir, "..");
const sources = [...new Glob("src/**/*.ts").scanSync(root)].filter((path) => !path.endsWith(".d.ts")).toSorted();

describe("the house", () => {
  it("has sources to look at", () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  it.each(sources)("%s imports only what ARCHITECTURE.md allows it", async (path) => {
    const source = await Bun.file(join(root, path)).text();
    const problems = importsOf(source)
      .filter((name) => name.startsWith("."))
      .map((name) => refuseImport(path, normalize(join(path, "..", name))))
      .filter((problem) => problem !== null && !problem.endsWith("package.json: see the table in ARCHITECTURE.md"));
    expect(problems).toEqual([]);
  });

  it.each(houseRules.map((rule) => [rule.part, rule] as const))("refuses a planted import into %s", (_part, rule) => {
    const from = rule.part.endsWith(".ts") ? rule.part : `${rule.part}${rule.part.endsWith("/") ? "" : "-"}planted.ts`;
    const planted = importsOf(`import { thing } from "${rule.planted}";`)[0] ?? "";
    expect(refuseImport(from, planted)).toContain("ARCHITECTURE.md");
  });

  it.each([
    ["a static import", `import { a } from "./a.ts";`],
    ["a type import", `import type { A } from './a.ts';`],
    ["a re-export", `export { a } from "./a.ts";`],
    ["a dynamic import", `const a = await import("./a.ts");`],
    ["a side-effect import", `import "./a.ts";`],
    ["a worker", `new Worker(new URL("./a.ts", import.meta.url).href);`],
  ])("sees %s", (_kind, source) => {
    expect(importsOf(source)).toEqual(["./a.ts"]);
  });

  it("gives a room to every source", () => {
    expect(refuseImport("src/somewhere/new.ts", "src/core/domain.ts")).toContain("no room");
  });

  it("has no package imported that is not declared", async () => {
    const declared: Record<string, unknown> = (await Bun.file(join(root, "package.json")).json()).dependencies;
    const used = new Set<string>();
    for (const path of sources)
      for (const name of importsOf(await Bun.file(join(root, path)).text()))
        if (!name.startsWith(".") && !name.startsWith("node:") && !name.startsWith("bun")) used.add(name.split("/")[0] ?? name);
    expect([...used].filter((name) => !(name in declared))).toEqual([]);
  });
});
