import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type RunningServer } from "../support/server.ts";
import { createAccount, type TestAccount } from "./accounts.ts";
import { isContinuousIntegration, isInstalled, runProgram, type ProgramResult } from "./run-program.ts";

/** The commands of https://docs.gitea.com/usage/packages/generic, as they stand there. */
const documented = {
  publish: String.raw`curl --user your_username:your_password_or_token \
     --upload-file path/to/file.bin \
     https://gitea.example.com/api/packages/testuser/generic/test_package/1.0.0/file.bin`,
  download: String.raw`curl --user your_username:your_token_or_password \
     https://gitea.example.com/api/packages/testuser/generic/test_package/1.0.0/file.bin`,
  /** The same without a credential, for what is public. */
  downloadAnonymously: "curl https://gitea.example.com/api/packages/testuser/generic/test_package/1.0.0/file.bin",
  deleteVersion: String.raw`curl --user your_username:your_token_or_password -X DELETE \
     https://gitea.example.com/api/packages/testuser/generic/test_package/1.0.0`,
  deleteFile: String.raw`curl --user your_username:your_token_or_password -X DELETE \
     https://gitea.example.com/api/packages/testuser/generic/test_package/1.0.0/file.bin`,
} as const;

const content = Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 256));

/** What stands in the place of `your_username:your_password_or_token`. */
const credentials: readonly { readonly name: string; readonly of: (account: TestAccount) => string }[] = [
  { name: "the password", of: ({ name, password }) => `${name}:${password}` },
  { name: "a token as the password", of: ({ name, token }) => `${name}:${token}` },
  { name: "a token as the user", of: ({ token }) => `${token}:x-oauth-basic` },
  { name: "a token as the user and no password", of: ({ token }) => `${token}:` },
];

function describeCommands(): void {
  const directory = mkdtempSync(join(tmpdir(), "stowage-documentation-"));
  let opened: { readonly server: RunningServer; readonly account: TestAccount } | null = null;
  beforeAll(async () => {
    mkdirSync(join(directory, "path/to"), { recursive: true });
    writeFileSync(join(directory, "path/to/file.bin"), content);
    const server = await startServer();
    opened = { server, account: await createAccount(server, "testuser") };
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await opened?.server.stop();
  });
  /** Runs a documented command in a shell; gives what it printed and the status that the server answered. */
  const run = async (command: keyof typeof documented, credentialOf: (account: TestAccount) => string): Promise<ProgramResult & { status: number }> => {
    if (opened === null) throw new Error("the server runs only within a test");
    const { server, account } = opened;
    const before = server.logLines.length;
    const text = documented[command]
      .replace("https://gitea.example.com", server.url)
      .replace(/your_username:your_(password_or_token|token_or_password)/, credentialOf(account));
    const result = await runProgram({ command: ["sh", "-c", text], workingDirectory: directory });
    const answered = server.logLines.slice(before).map((line): { status?: number } => JSON.parse(line));
    return { ...result, status: answered.find(({ status }) => status !== undefined)?.status ?? 0 };
  };

  for (const { name, of } of credentials)
    it(`publish, download and delete with ${name}`, async () => {
      const publish = async (status: number): Promise<void> => {
        const published = await run("publish", of);
        expect([published.exitCode, published.status]).toEqual([0, status]);
      };
      await publish(201);
      await publish(409);
      for (const command of ["download", "downloadAnonymously"] as const) {
        const downloaded = await run(command, of);
        expect([downloaded.exitCode, downloaded.status]).toEqual([0, 200]);
        expect(downloaded.output.equals(content)).toBe(true);
      }
      expect(await run("deleteFile", of)).toMatchObject({ exitCode: 0, status: 204 });
      expect(await run("download", of)).toMatchObject({ exitCode: 0, status: 404 });
      await publish(201);
      expect(await run("deleteVersion", of)).toMatchObject({ exitCode: 0, status: 204 });
      expect(await run("deleteVersion", of)).toMatchObject({ exitCode: 0, status: 404 });
    });
}

describe("the documented commands of Gitea's generic registry, with the host changed", () => {
  if (isInstalled("curl")) describeCommands();
  else if (isContinuousIntegration)
    it("run", () => {
      throw new Error("curl is not on this machine, and CI skips nothing");
    });
  else it.skip("run (skipped: curl is not on this machine)", () => undefined);
});
