import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import packageFile from "../package.json" with { type: "json" };
import { exitCodeMeanings } from "../src/cli/exit-code.ts";
import { settingsTable } from "../src/config-settings.ts";

const root = join(import.meta.dir, "..");
const readme = await Bun.file(join(root, "README.md")).text();

describe("README", () => {
  it("has every setting as the program knows it", () => {
    expect(readme).toContain(settingsTable());
  });

  it("names scripts that exist", () => {
    const named = [...readme.matchAll(/npm (?:run )?(start|test|build)\b/g)].map((match) => match[1] ?? "");
    expect(named).toContain("start");
    expect(named).toContain("test");
    expect(Object.keys(packageFile.scripts)).toEqual(expect.arrayContaining(named));
  });

  it("names commands that the program has", async () => {
    const program = Bun.spawnSync([process.execPath, "--no-env-file", join(root, "src/cli/main.ts"), "--help"]);
    const help = program.stdout.toString();
    const rows = [...readme.matchAll(/^\| `([a-z ]+)`((?:, `[a-z]+`)*) \|/gm)];
    expect(rows.length).toBe(6);
    for (const [, first = "", rest = ""] of rows) {
      const group = first.includes(" ") ? `${first.split(" ")[0]} ` : "";
      const commands = [first, ...[...rest.matchAll(/`([a-z]+)`/g)].map((match) => group + (match[1] ?? ""))];
      for (const command of commands) expect(help).toContain(`\n  ${command}`);
    }
  });

  it("gives the exit codes that the program has", () => {
    for (const [code, meaning] of Object.entries(exitCodeMeanings)) expect(readme).toContain(`${code} ${meaning}`);
  });

  it("links to files that exist", async () => {
    for (const [, path = ""] of readme.matchAll(/\]\(([^)#:]+)\)/g)) {
      const isThere = (await Bun.file(join(root, path)).exists()) || Bun.spawnSync(["test", "-d", join(root, path)]).exitCode === 0;
      expect([path, isThere]).toEqual([path, true]);
    }
  });
});
