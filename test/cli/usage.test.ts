import { describe, expect, it } from "bun:test";
import packageFile from "../../package.json" with { type: "json" };
import { settings } from "../../src/config-settings.ts";
import { runCommand } from "../support/server-process.ts";

const commands = [
  "serve", "verify", "gc", "user add", "user list", "user disable", "user enable", "user password",
  "namespace add", "namespace list", "namespace member", "namespace limits", "token add", "token list", "token revoke",
] as const;

describe("help", () => {
  it("of the program names every command, every setting and every exit code", async () => {
    const { exitCode, output, errors } = await runCommand(["--help"]);
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: "" });
    for (const command of commands) expect(output).toContain(`\n  ${command}`);
    for (const { name, flag } of settings) expect(output).toContain(`--${flag} (${name})`);
    for (const code of [0, 1, 2, 3, 70]) expect(output).toMatch(new RegExp(`\\n  ${code} +\\w`));
    expect((await runCommand(["help"])).output).toBe(output);
  });

  for (const command of commands)
    it(`of ${command} is printed, whatever else stands there`, async () => {
      const { exitCode, output } = await runCommand([...command.split(" "), "--help"]);
      expect(exitCode).toBe(0);
      expect(output).toStartWith(`Usage: stowage ${command}`);
      expect(output).toContain("Exit codes:");
    });

  it("of a group of commands lists them", async () => {
    for (const group of ["user", "namespace", "token"])
      expect((await runCommand([group, "--help"])).output).toStartWith(`Usage: stowage ${group} COMMAND`);
  });

  it("is not the version", async () => {
    expect(await runCommand(["--version"])).toEqual({ exitCode: 0, output: `${packageFile.version}\n`, errors: "" });
  });
});

describe("wrong usage", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", "a command is missing; stowage --help lists all"],
    ["serv", '"serv" is not a command; did you mean serve?'],
    ["frobnicate", '"frobnicate" is not a command; stowage --help lists all'],
    ["user", "stowage user needs a command: add, list, disable, enable, password"],
    ["user lst", '"lst" is not a command of stowage user; did you mean list?'],
    ["verify --jsno", "--jsno is not a flag; did you mean --json?"],
    ["gc --data", "--data needs a value"],
    ["gc --data --json", "--data needs a value"],
    ["gc --json=yes", "--json takes no value"],
    ["gc --json --json", "--json is given twice"],
    ["gc now", '"now" is more than stowage gc takes; see stowage gc --help'],
    ["serve -x", "-x is not a flag; --help lists all"],
    ["token add ann", "stowage token add needs NAME; see stowage token add --help"],
  ];
  for (const [words, message] of rows)
    it(`is answered in one line: stowage ${words}`, async () => {
      const result = await runCommand(words.split(" ").filter((word) => word !== ""));
      expect(result).toEqual({ exitCode: 2, output: "", errors: `${message}\n` });
    });

  it("of a setting is answered with its name and a hint", async () => {
    const fromEnvironment = await runCommand(["gc"], { environment: { STOWAGE_LISTEN: "7171" } });
    expect(fromEnvironment).toMatchObject({ exitCode: 2, output: "" });
    expect(fromEnvironment.errors).toMatch(/^STOWAGE_LISTEN: .* \(hint: .*\)\n$/);
    const unknown = await runCommand(["gc"], { environment: { STOWAGE_LISTN: "127.0.0.1:1" } });
    expect(unknown.errors).toMatch(/^STOWAGE_LISTN: .*did you mean STOWAGE_LISTEN\?\)\n$/);
  });

  it("never repeats a secret", async () => {
    const result = await runCommand(["serve", "--admin-password", "secret7"], { environment: { STOWAGE_ADMIN_TOKEN: "short-token" } });
    expect(result.exitCode).toBe(2);
    expect(result.errors).not.toMatch(/secret7|short-token/);
  });
});
