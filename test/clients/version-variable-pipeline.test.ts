import { expect, it } from "bun:test";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder, until } from "../support/server-process.ts";
import { describeProgram } from "./describe-program.ts";
import type { GitlabSite } from "./gitlab-accounts.ts";
import { isObject } from "./read-answer.ts";
import { isInstalled, runProgram } from "./run-program.ts";

const rounds = 3;
const holdTimeoutMs = 30_000;

interface Pipeline {
  /** What it published, or tried to. */
  readonly content: string;
  readonly exitCode: number;
  /** The version that it says it published; empty when it failed. */
  readonly version: string;
  readonly complaints: string;
}

const missing = ["curl", "sh", "cmp"].find((program) => !isInstalled(program));

describeProgram("two pipelines at once that each publish the next version", missing === undefined ? null : `${missing} is not on this machine`, (site) => {
  it("use a number twice and lose a step of the count when it is kept in a variable", async () => {
    const { project, projectUrl, ask } = site();
    const kept = await ask("POST", `/projects/${project.id}/variables`, { key: "VERSION", value: "1.0.0" });
    expect(kept.status).toBe(201);
    for (let round = 1; round <= rounds; round += 1) {
      const version = `1.0.${round}`;
      const pipelines = await runTwo(site(), { round, name: "counted", environment: { API_TOKEN: site().maintainer.token } });
      const read = await fetch(`${projectUrl}/packages/generic/counted/${version}/${fileName}`, { headers: { "private-token": site().maintainer.token } });
      const served = await read.text();
      // Both published the one number; whoever came second stands in the other's place, and is content.
      expect(await publishedHashes(site(), "counted", version)).toEqual(pipelines.map(({ content }) => hashOf(content)).toSorted());
      expect(pipelines.map(({ content }) => content)).toContain(served);
      expect(pipelines.find(({ content }) => content === served)).toMatchObject({ exitCode: 0, version });
      // Two pipelines, one step: what one of them added is lost.
      expect((await ask("GET", `/projects/${project.id}/variables/VERSION`)).json).toMatchObject({ value: version });
    }
    expect(await versionsOf(site(), "counted")).toEqual(["1.0.1", "1.0.2", "1.0.3"]);
  });

  it("lose nothing when the registry hands out the number", async () => {
    const published: Pipeline[] = [];
    for (let round = 1; round <= rounds; round += 1)
      published.push(...(await runTwo(site(), { round, name: "reserved", environment: { STOWAGE_RESERVE: "1" } })));
    expect(published.map(({ exitCode, complaints }) => [exitCode, complaints])).toEqual(published.map(() => [0, ""]));
    const expected = ["1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.4", "1.0.5"];
    expect(published.map(({ version }) => version).toSorted()).toEqual(expected);
    expect(await versionsOf(site(), "reserved")).toEqual(expected);
    for (const { version, content } of published)
      expect([version, await publishedHashes(site(), "reserved", version)]).toEqual([version, [hashOf(content)]]);
  });

  it("start where the variable stands, and stop where it holds no version", async () => {
    const { project, ask } = site();
    const run = async (value: string) => {
      await ask("DELETE", `/projects/${project.id}/variables/VERSION`);
      await ask("POST", `/projects/${project.id}/variables`, { key: "VERSION", value });
      const ran = await runOne(site(), { name: "alone", content: value, folder: site().folder, environment: { API_TOKEN: site().maintainer.token } });
      return `${ran.exitCode} ${ran.version}`;
    };
    expect(await run("2.9.9")).toBe("0 2.9.10");
    for (const value of ["2.9", "v2.9.1", "2.9.1-rc.1", "2..1", "1.2.3.4"]) expect(await run(value)).toBe("1 ");
  });
});

const fileName = "tool.txt";

interface Run {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Runs two copies of the script that both have their number before either goes on. */
async function runTwo(site: GitlabSite, { round, ...run }: Run & { readonly round: number }): Promise<readonly Pipeline[]> {
  const held = join(site.folder, `held-${run.name}-${round}`);
  const programs = join(held, "bin");
  mkdirSync(programs, { recursive: true });
  copyFileSync(join(import.meta.dir, "programs/held-curl.sh"), join(programs, "curl"));
  const environment = {
    ...run.environment,
    HELD_FOLDER: held,
    HELD_CURL: Bun.which("curl") ?? "curl",
    PATH: `${programs}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
  };
  const running = ["one", "other"].map((which) => {
    const folder = join(held, which);
    mkdirSync(folder);
    return runOne(site, { name: run.name, environment, folder, content: `${run.name}, round ${round}, the ${which} pipeline\n` });
  });
  const ended = Promise.all(running);
  let isOver = false;
  const over = ended.finally(() => (isOver = true));
  const holding = (): number => readdirSync(held).filter((name) => name.startsWith("holds.")).length;
  await until(() => isOver || holding() === 2, holdTimeoutMs, "both pipelines having their number");
  writeFileSync(join(held, "go"), "");
  return over;
}

async function runOne(site: GitlabSite, run: Run & { readonly folder: string; readonly content: string }): Promise<Pipeline> {
  const file = join(run.folder, fileName);
  writeFileSync(file, run.content);
  const { exitCode, output, complaints } = await runProgram({
    command: ["sh", join(projectFolder, "examples/version-pipeline.sh")],
    environment: {
      CI_API_V4_URL: site.apiUrl,
      CI_PROJECT_ID: String(site.project.id),
      CI_PROJECT_PATH: site.project.path,
      CI_JOB_TOKEN: site.jobToken,
      PACKAGE_NAME: run.name,
      PACKAGE_FILE: file,
      ...run.environment,
    },
  });
  return { content: run.content, exitCode, version: output.toString("utf8").trim(), complaints };
}

const hashOf = (content: string): string => new Bun.CryptoHasher("sha256").update(content).digest("hex");

async function packagesOf(site: GitlabSite, name: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { json } = await site.ask("GET", `/projects/${site.project.id}/packages?package_name=${name}&order_by=created_at&per_page=100`);
  if (!Array.isArray(json)) throw new Error(`no list of packages: ${JSON.stringify(json)}`);
  return json.filter(isObject);
}

async function versionsOf(site: GitlabSite, name: string): Promise<readonly unknown[]> {
  return (await packagesOf(site, name)).map(({ version }) => version).toSorted();
}

/** SHA-256 of every file row of a version, sorted. */
async function publishedHashes(site: GitlabSite, name: string, version: string): Promise<readonly unknown[]> {
  const found = (await packagesOf(site, name)).find((item) => item["version"] === version);
  const { json } = await site.ask("GET", `/projects/${site.project.id}/packages/${String(found?.["id"])}/package_files`);
  return Array.isArray(json) ? json.filter(isObject).map((row) => row["file_sha256"]).toSorted() : [json];
}
