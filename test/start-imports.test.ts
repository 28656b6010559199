import { describe, expect, it } from "bun:test";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dir, "..");
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** Every package and file that loading a file loads too: imports of types and those made later do not count. */
async function loadedWith(entry: string): Promise<ReadonlySet<string>> {
  const seen = new Set([entry]);
  for (const path of seen) {
    if (!path.endsWith(".ts")) continue;
    for (const { kind, path: name } of transpiler.scanImports(await Bun.file(path).text()))
      if (kind === "import-statement") seen.add(name.startsWith(".") ? join(dirname(path), name) : name);
  }
  return seen;
}

describe("what a start loads", () => {
  it("leaves out the libraries that only some requests need", async () => {
    const loaded = await loadedWith(join(root, "src/server.ts"));
    expect(loaded.size).toBeGreaterThan(100);
    for (const library of ["graphql", "zod", "re2js", "semver"]) expect([...loaded]).not.toContain(library);
    expect([...(await loadedWith(join(root, "src/dialects/gitlab/graphql-answer.ts")))]).toContain("graphql");
    expect([...(await loadedWith(join(root, "src/core/duplicate-exception.ts")))]).toContain("re2js");
  });

  it("leaves out the other commands, and nearly everything before the process has replaced itself", async () => {
    const loaded = await loadedWith(join(root, "src/cli/main.ts"));
    expect([...loaded]).not.toContain(join(root, "src/cli/verify.ts"));
    expect(loaded.size).toBeLessThan(25);
  });

  it("leaves out the server itself where a command does without it, or is about to replace its process", async () => {
    expect([...(await loadedWith(join(root, "src/cli/main.ts")))]).not.toContain(join(root, "src/server.ts"));
  });
});
