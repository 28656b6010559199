import { beforeAll, expect, it } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeProgram } from "./describe-program.ts";
import type { GitlabSite } from "./gitlab-accounts.ts";
import { isObject } from "./read-answer.ts";
import { documentedScripts, parameterCommands, singleFileCommands } from "./gitlab-documented-commands.ts";
import { isInstalled, runProgram } from "./run-program.ts";

const content = Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 256));
const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");

/** What curl reads before its arguments: each request's status goes to the standard error, and nothing else does. */
const curlSettings = 'silent\nshow-error\nwrite-out = "%{stderr}%{http_code}\\n"\n';

/** Puts in what the page leaves to its reader. */
function filledIn(command: string, site: GitlabSite): string {
  const fillings: readonly (readonly [string, string])[] = [
    ["https://gitlab.example.com", site.url],
    ["/projects/24/", `/projects/${site.project.id}/`],
    ["/projects/1/", `/projects/${encodeURIComponent(site.project.path)}/`],
    ['PROJECT_ID="24"', `PROJECT_ID="${site.project.id}"`],
    ["<personal_access_token>", site.maintainer.token],
    ["<project_access_token_username>", "project_bot"],
    ["<project_access_token>", site.projectToken],
    ["<deploy_token_username>", site.deployToken.username],
    ["<deploy_token>", site.deployToken.token],
    ["<username>", site.maintainer.name],
  ];
  return fillings.reduce((text, [blank, filling]) => text.replaceAll(blank, filling), command);
}

/** Runs a command in a shell, as a job of GitLab CI would for the tag; gives the statuses that its curls saw. */
async function runCommand(site: GitlabSite, command: string, tag: string, shell = "sh") {
  const result = await runProgram({
    command: [shell, "-c", filledIn(command, site)],
    workingDirectory: site.folder,
    environment: {
      CURL_HOME: site.folder,
      CI_API_V4_URL: site.apiUrl,
      CI_PROJECT_ID: String(site.project.id),
      CI_JOB_TOKEN: site.jobToken,
      CI_COMMIT_TAG: tag,
    },
  });
  const lines = result.complaints.split("\n").filter((line) => line !== "");
  return { ...result, statuses: lines.map((line) => (/^\d{3}$/.test(line) ? Number(line) : line)) };
}

function prepare(site: GitlabSite): void {
  writeFileSync(join(site.folder, ".curlrc"), curlSettings);
  mkdirSync(join(site.folder, "path/to"), { recursive: true });
  mkdirSync(join(site.folder, "files_to_upload/subdirectory"), { recursive: true });
  for (const path of ["path/to/file.txt", "files_to_upload/file1.txt", "files_to_upload/file2.txt", "files_to_upload/subdirectory/file3.txt"])
    writeFileSync(join(site.folder, path), content);
}

const created = '{"message":"201 Created"}';

describeProgram("the documented commands of GitLab's generic packages", isInstalled("curl") ? null : "curl is not on this machine", (site) => {
  beforeAll(() => prepare(site()));
  const run = (command: string, tag = "0.0.0") => runCommand(site(), command, tag);
  const expectFile = (name: string): void => {
    expect(readFileSync(join(site().folder, name)).equals(content)).toBe(true);
    rmSync(join(site().folder, name));
  };

  for (const [at, { credential, publish, download }] of singleFileCommands.entries())
    it(`publish and download a file with ${credential}`, async () => {
      const tag = `1.0.${at}`;
      const published = await run(publish, tag);
      expect([published.exitCode, published.statuses, published.output.toString("utf8")]).toEqual([0, [201], created]);
      const downloaded = await run(download.replace("/0.0.1/", "/1.0.0/"), tag);
      expect([downloaded.exitCode, downloaded.statuses]).toEqual([0, [200]]);
      expectFile("file.txt");
    });

  it("publish hidden, with the row as the answer, and into a directory", async () => {
    const hidden = await run(parameterCommands.hidden);
    expect([hidden.statuses, hidden.output.toString("utf8")]).toEqual([[201], created]);
    const selected = await run(parameterCommands.select);
    expect(selected.statuses).toEqual([200]);
    expect(JSON.parse(selected.output.toString("utf8"))).toMatchObject({
      file_name: "file.txt", size: content.length, file_sha256: sha256, file_md5: null, file_store: 1, file: { url: expect.any(String) }, status: "default",
    });
    expect((await run(parameterCommands.directory)).statuses).toEqual([201]);
    expect(namesOf(await run(parameterCommands.list))).not.toContain("my_hidden");
    expect(namesOf(await run(parameterCommands.listHidden))).toEqual(["my_hidden"]);
    if (!isInstalled("wget")) return;
    expect((await run(parameterCommands.wget)).exitCode).toBe(0);
    expectFile("file.txt");
  });

  it("list, show and delete packages and files", async () => {
    for (const name of ["one", "two"])
      await run(`${parameterCommands.directory.replace("my_nested", "my_deleted").replace("path/to/file.txt\"", `${name}.txt"`)}`);
    const listed = await run(parameterCommands.list.replace("my_", "my_deleted"));
    const id = String(idsOf(listed)[0]);
    const of = (command: string, fileId = ""): string => command.replace(":package_id", id).replace(":package_file_id", fileId);
    expect(JSON.parse((await run(of(parameterCommands.show))).output.toString("utf8"))).toMatchObject({ name: "my_deleted", version: "0.0.1" });
    const files = await run(of(parameterCommands.listFiles));
    expect(JSON.parse(files.output.toString("utf8"))).toMatchObject([{ file_name: "one.txt", file_sha256: sha256 }, { file_name: "two.txt" }]);
    const deleted = await run(of(parameterCommands.deleteFile, String(idsOf(files)[0])));
    expect([deleted.statuses, deleted.output.length]).toEqual([[204], 0]);
    expect((await run(of(parameterCommands.deleteFile, String(idsOf(files)[0])))).statuses).toEqual([404]);
    expect((await run(of(parameterCommands.deletePackage))).statuses).toEqual([204]);
    expect((await run(of(parameterCommands.show))).statuses).toEqual([404]);
    expect((await run(of(parameterCommands.listFiles))).statuses).toEqual([404]);
  });
});

const missingForScripts = ["curl", "bash", "jq"].find((program) => !isInstalled(program));

describeProgram("the scripts of GitLab's generic packages page", missingForScripts === undefined ? null : `${missingForScripts} is not on this machine`, (site) => {
  beforeAll(() => prepare(site()));
  const run = (script: keyof typeof documentedScripts) => runCommand(site(), documentedScripts[script], "1.0.0", "bash");
  const expectFiles = (...paths: readonly string[]): void => {
    for (const path of paths) expect([path, readFileSync(join(site().folder, path)).equals(content)]).toEqual([path, true]);
  };

  it("publish files and trees, download them, and verify them by header and by list", async () => {
    expect(await run("publishFiles")).toMatchObject({ exitCode: 0, statuses: [201, 201] });
    expect(await run("publishTree")).toMatchObject({ exitCode: 0, statuses: [201, 201, 201] });
    expect(await run("downloadFiles")).toMatchObject({ exitCode: 0, statuses: [200, 200, 200] });
    expectFiles("downloaded_files/file1.txt", "downloaded_files/file2.txt", "downloaded_files/subdirectory/file3.txt");
    // A file of a name that was there before is a second row, and both rows are listed.
    expect(await run("downloadPackage")).toMatchObject({ exitCode: 0, statuses: [200, 200, 200, 200, 200, 200, 200] });
    expectFiles("downloaded_package/file1.txt", "downloaded_package/file2.txt", "downloaded_package/subdirectory%2Ffile3.txt");
    expect(await run("verifyByHeader")).toMatchObject({ exitCode: 0, statuses: [200] });
    const listed = await run("verifyByList");
    expect(listed.output.toString("utf8")).toContain(`{\n  "file_name": "file1.txt",\n  "file_sha256": "${sha256}"\n}`);
  });
});

interface Printed {
  readonly output: Buffer;
}

function idsOf({ output }: Printed): readonly unknown[] {
  const list: unknown = JSON.parse(output.toString("utf8"));
  return Array.isArray(list) ? list.map((item: unknown) => (isObject(item) ? item["id"] : null)) : [];
}

function namesOf({ output }: Printed): readonly unknown[] {
  const list: unknown = JSON.parse(output.toString("utf8"));
  return Array.isArray(list) ? list.map((item: unknown) => (isObject(item) ? item["name"] : null)) : [];
}
