import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedLargeStore } from "../../benchmarks/seed-large-store.ts";
import { seededPath, seededVersion } from "../../benchmarks/seeded-names.ts";
import { createRandom, seedOfRun, type Random } from "../support/fault-random.ts";
import { admin, projectFolder } from "../support/server-process.ts";
import { createLatency, type Latency } from "./latency.ts";
import { askFor } from "./load-request.ts";
import { bun, startNightServer, verifyData, type NightServer } from "./night-server.ts";
import type { PartResult } from "./part-result.ts";
import { residentMib } from "./process-memory.ts";

const tenMillion = 10_000_000;
/** Half of the versions are in one package. */
const filesPerVersion = 5;
const blobs = 100_000;
/** GitLab refuses pages of 20 beyond an offset of 50,000. */
const deepestGitlabPage = 2500;
const requestsEach = 300;
const mostReadP99Ms = 300;
const mostStartMs = 5000;
const mostVerifySeconds = 600;
const mostPublishRatio = 2;
const mostResidentMib = 300;
const project = `${admin.name}%2Ffiles`;

/** A store of ten million files, a million versions of them in one package: every kind of request, upkeep and start. */
export async function millionVersions(options: { readonly files: number | null }): Promise<PartResult> {
  const seed = seedOfRun();
  const beganAtMs = performance.now();
  const files = options.files ?? tenMillion;
  const folder = mkdtempSync(join(tmpdir(), "stowage-million-"));
  try {
    const place = { folder, versions: Math.floor(files / filesPerVersion), random: createRandom(seed), seed };
    const { figures, problems } = await runStore(place);
    return {
      part: "million",
      done: `a store of ${place.versions} versions, half of them in one package, with ${files} files over ${Math.min(blobs, place.versions)} contents, filled by a loader that checks what it wrote; ${requestsEach} requests of each kind, publishes in turn with a store that is almost empty; collection, verification of every byte, orderly stop and kill`,
      passed: problems.length === 0,
      figures,
      problems,
      seconds: Math.round((performance.now() - beganAtMs) / 1000),
      seed,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Place {
  readonly folder: string;
  readonly versions: number;
  readonly random: Random;
  readonly seed: number;
}

async function runStore(place: Place): Promise<{ readonly figures: Record<string, number>; readonly problems: string[] }> {
  const problems: string[] = [];
  const figures: Record<string, number> = {};
  const dataDirectory = join(place.folder, "large");
  const servers: NightServer[] = [];
  const start = async (directory: string): Promise<NightServer> => {
    const server = await startNightServer({ dataDirectory: directory });
    servers.push(server);
    return server;
  };
  try {
    const empty = await begin(await start(join(place.folder, "empty")));
    const stopped = await begin(await start(dataDirectory));
    await stopped.stop();
    figures["seedingSeconds"] = await seed(place, dataDirectory);
    let server = await start(dataDirectory);
    noteStart(figures, problems, "startMs", server);
    await readEverything(server, place, figures, problems);
    await publishInTurn(server, empty, figures, problems);
    figures["collectionSeconds"] = await timeOf(() => runCommand("gc", dataDirectory, problems));
    figures["residentMostMib"] = residentMib(server.pid).most;
    if (figures["residentMostMib"] >= mostResidentMib) problems.push(`resident memory was ${figures["residentMostMib"]} MiB`);
    await server.kill();
    problems.push(...server.faults());
    server = await start(dataDirectory);
    noteStart(figures, problems, "startAfterKillMs", server);
    const exitCode = await server.stop();
    if (exitCode !== 0) problems.push(`SIGTERM ended the server with ${exitCode}`);
    problems.push(...server.faults());
    figures["verifySeconds"] = await timeOf(async () => {
      const verified = await verifyData(dataDirectory);
      figures["blobsVerified"] = verified.blobs;
      if (!verified.ok) problems.push(JSON.stringify(verified.problems).slice(0, 2000));
    });
    if (figures["verifySeconds"] > mostVerifySeconds) problems.push(`verification took ${figures["verifySeconds"]} s`);
    return { figures, problems };
  } finally {
    for (const server of servers) await server.kill();
  }
}

/** The project that both APIs reach, in a folder that is new. */
async function begin(server: NightServer): Promise<NightServer> {
  const headers = { "content-type": "application/json" };
  const { status } = await askFor(`${server.url}/api/v4/projects`, { method: "POST", body: JSON.stringify({ name: "files" }), headers: { ...headers, "private-token": admin.token } });
  if (status !== 201) throw new Error(`no project was made: ${status ?? "no answer"}`);
  return server;
}

async function seed({ versions, seed: number }: Place, dataDirectory: string): Promise<number> {
  const say = (text: string): void => console.log(text);
  const plan = { dataDirectory, namespaces: [`${admin.name}/files`], versions, filesPerVersion, blobs: Math.min(blobs, versions), seed: number, say };
  return Math.round((await seedLargeStore(plan)).seconds);
}

/** Every kind of reading request, through both APIs, all over the large package. */
async function readEverything({ url }: NightServer, { versions, random }: Place, figures: Record<string, number>, problems: string[]): Promise<void> {
  const version = (): string => seededVersion(random.whole(0, Math.floor(versions / 2)));
  const file = (): string => seededPath(random.whole(0, filesPerVersion));
  const pages = Math.max(1, Math.floor(versions / 20));
  const kinds: Readonly<Record<string, () => string>> = {
    getFile: () => `/api/packages/${project}/generic/huge/${version()}/${file()}`,
    getFileGitlab: () => `/api/v4/projects/${project}/packages/generic/huge/${version()}/${file()}`,
    latest: () => `/api/v1/packages/${project}/generic/huge/-/latest`,
    version: () => `/api/v1/packages/${project}/generic/huge/${version()}`,
    filesOfVersion: () => `/api/v1/packages/${project}/generic/huge/${version()}/files`,
    listOfPackage: () => `/api/v1/packages/${project}/generic/huge?limit=20`,
    listOfOwner: () => `/api/v1/packages/${project}?limit=20`,
    listOfOwnerAnyPage: () => `/api/v1/packages/${project}?limit=20&page=${random.whole(1, pages)}`,
    listByName: () => `/api/v1/packages/${project}?limit=20&q=small-7`,
    listGitlab: () => `/api/v4/projects/${project}/packages?per_page=20`,
    listGitlabAnyPage: () => `/api/v4/projects/${project}/packages?per_page=20&page=${random.whole(1, Math.min(pages, deepestGitlabPage))}`,
    listByNameGitlab: () => `/api/v4/projects/${project}/packages?per_page=20&package_name=huge`,
  };
  for (const [kind, path] of Object.entries(kinds)) {
    const latency = createLatency();
    let wrong = 0;
    for (let number = 0; number < requestsEach; number += 1) if ((await timed(latency, `${url}${path()}`)) !== 200) wrong += 1;
    figures[`${kind}.p50Ms`] = latency.percentile(0.5);
    figures[`${kind}.p99Ms`] = latency.percentile(0.99);
    if (wrong > 0) problems.push(`${kind}: ${wrong} of ${requestsEach} were not answered 200`);
    if (latency.percentile(0.99) > mostReadP99Ms) problems.push(`${kind}: the 99th percentile is ${latency.percentile(0.99)} ms, wanted at most ${mostReadP99Ms}`);
  }
}

/** New versions of the large package, one here and one there, so that what else the machine does hits both alike. */
async function publishInTurn(large: NightServer, empty: NightServer, figures: Record<string, number>, problems: string[]): Promise<void> {
  const times = { large: createLatency(), empty: createLatency() };
  for (let number = 0; number < requestsEach; number += 1) {
    const path = `/api/packages/${project}/generic/huge/2.0.${number}/file.bin`;
    const init = { method: "PUT", body: `content ${number} `.repeat(100) };
    const statuses = [await timed(times.large, `${large.url}${path}`, init), await timed(times.empty, `${empty.url}${path}`, init)];
    if (statuses.some((status) => status !== 201)) problems.push(`publish ${number}: ${statuses.join(" and ")}`);
  }
  for (const share of [0.5, 0.99]) {
    const [here, there] = [times.large.percentile(share), times.empty.percentile(share)];
    figures[`publish.p${share * 100}Ms`] = here;
    figures[`publishAlmostEmpty.p${share * 100}Ms`] = there;
    if (here > mostPublishRatio * there) problems.push(`publish: percentile ${share * 100} is ${here} ms, on a store that is almost empty ${there} ms`);
  }
}

async function timed(latency: Latency, url: string, init?: RequestInit): Promise<number | null> {
  const beganAtMs = performance.now();
  const { status } = await askFor(url, init);
  latency.note(performance.now() - beganAtMs);
  return status;
}

function noteStart(figures: Record<string, number>, problems: string[], name: string, { startedInMs }: NightServer): void {
  figures[name] = Math.round(startedInMs);
  if (startedInMs > mostStartMs) problems.push(`${name}: ${Math.round(startedInMs)} ms`);
}

async function runCommand(command: string, dataDirectory: string, problems: string[]): Promise<void> {
  const child = Bun.spawn([...bun, join(projectFolder, "src/cli/main.ts"), command, "--data", dataDirectory], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [errors, exitCode] = await Promise.all([child.stderr.text(), child.exited]);
  if (exitCode !== 0) problems.push(`stowage ${command} ended with ${exitCode}: ${errors}`);
}

async function timeOf(action: () => Promise<void>): Promise<number> {
  const beganAtMs = performance.now();
  await action();
  return Math.round((performance.now() - beganAtMs) / 1000);
}
