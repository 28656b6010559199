/**
 * `npm run bench`: starts everything it compares, measures, prints a table, and writes the figures as JSON. Exit code 1 when
 * a row misses its target by more than 20 %, 2 when it was called wrongly or something it needs is missing.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describeCircumstances } from "./machine.ts";
import { parseOptions, OptionError, usage, type Options } from "./options.ts";
import { moveToOwnNetwork } from "./own-network.ts";
import { publishRefusal } from "./publish-refusal.ts";
import { resultTable, withTable, type Results } from "./report-table.ts";
import type { Row } from "./row.ts";
import type { Bench } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { installedPeers } from "./servers/all-servers.ts";
import { nginxConfiguration, nginxProblem } from "./servers/nginx.ts";
import { chooseCores, familyOf } from "./servers/pinned-process.ts";
import { wrkProblem } from "./load/wrk.ts";
import { judge, judgeMemory } from "./targets.ts";

const projectFolder = resolve(import.meta.dir, "..");
const readmePath = join(projectFolder, "README.md");
const committedPath = join(import.meta.dir, "results/latest.json");

try {
  const options = parseOptions(process.argv.slice(2), scenarios.map((scenario) => scenario.name));
  if (options.wantsHelp) console.log(usage(scenarios));
  else process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

async function main(options: Options): Promise<number> {
  const results = options.from === null ? await measure(options) : readResults(options.from);
  const table = resultTable(results);
  console.log(`\n${table}\n`);
  if (options.writeReadme) {
    const refusal = publishRefusal(results, scenarios.map(({ name }) => name));
    if (refusal !== null) throw new OptionError(`README.md is not written: ${refusal}`);
    writeFileSync(readmePath, withTable(readFileSync(readmePath, "utf8"), table));
    mkdirSync(join(import.meta.dir, "results"), { recursive: true });
    writeFileSync(committedPath, `${JSON.stringify(results, null, 1)}\n`);
    console.log(`README.md and ${committedPath} are written`);
  }
  const failed = results.rows.filter((row) => judge(row)?.outcome === "failed" || judgeMemory(row)?.outcome === "failed");
  if (failed.length > 0) console.error(`missed by more than 20 %: ${failed.map((row) => row.id).join(", ")}`);
  for (const { scenario, message } of results.failures) console.error(`${scenario} could not be measured: ${message}`);
  return results.failures.length > 0 || (failed.length > 0 && !results.isQuick) ? 1 : 0;
}

function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, "utf8"));
}

async function measure(options: Options): Promise<Results> {
  const problem = process.platform === "linux" ? (nginxProblem() ?? wrkProblem()) : "the bench needs Linux (taskset, /proc)";
  if (problem !== null) throw new OptionError(problem);
  await moveToOwnNetwork();
  const place = options.folder ?? join(projectFolder, ".bench");
  mkdirSync(join(place, "results"), { recursive: true });
  const cores = chooseCores();
  console.log(cores === null ? "one core: server and generator share it" : `server on core ${cores.server}, generator on core ${cores.client}`);
  console.log(installedPeers().length === 0 ? "neither gitea nor forgejo is on this machine" : `peers: ${installedPeers().join(", ")}`);
  console.log(`nginx is configured so:\n${nginxConfiguration("FOLDER", 0).replaceAll(/^/gm, "  ")}`);
  const circumstances = describeCircumstances(place);
  const rows: Row[] = [];
  const failures: { readonly scenario: string; readonly message: string }[] = [];
  const ended: string[] = [];
  const results: Results = {
    circumstances, pairs: options.pairs, secondsPerTurn: options.seconds, isQuick: options.isQuick, peers: installedPeers(), scenarios: ended, rows, failures,
  };
  const path = join(place, "results", `${new Date().toISOString().replaceAll(":", "-")}.json`);
  for (const scenario of scenarios.filter(({ name }) => options.only.length === 0 || options.only.includes(name))) {
    const folder = mkdtempSync(join(place, "run-"));
    const { pairs, seconds, isQuick } = options;
    const bench: Bench = { folder, cores, pairs, seconds, isQuick, earlierRows: rows, say: (text) => console.log(text) };
    const abandon = (): void => abandonRun(folder);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, abandon);
    try {
      rows.push(...(await scenario.run(bench)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.error(`${scenario.name}: ${message}`);
      failures.push({ scenario: scenario.name, message });
    } finally {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, abandon);
      ended.push(scenario.name);
      // After each scenario, so that a run that is broken off leaves what it has found.
      writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
      rmSync(folder, { recursive: true, force: true });
    }
  }
  console.log(`\nevery turn is in ${path}`);
  return results;
}

/** Ends what was started and removes what it stored, when somebody has seen enough. */
function abandonRun(folder: string): never {
  for (const pid of familyOf(process.pid)) if (pid !== process.pid) kill(pid);
  rmSync(folder, { recursive: true, force: true });
  process.exit(130);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
