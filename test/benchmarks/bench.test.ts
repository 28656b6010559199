import { describe, expect, it } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenLoopResult, OpenLoopSpec } from "../../benchmarks/load/open-loop.ts";
import { createRequestSource } from "../../benchmarks/load/request-source.ts";
import { runLoad } from "../../benchmarks/load/run-load.ts";
import { wrkProblem } from "../../benchmarks/load/wrk.ts";
import type { Results } from "../../benchmarks/report-table.ts";
import type { Series } from "../../benchmarks/row.ts";
import { nginxProblem } from "../../benchmarks/servers/nginx.ts";
import { memoryTargetMiB } from "../../benchmarks/targets.ts";
import { projectFolder, temporaryFolder, until } from "../support/server-process.ts";

const missing = process.platform === "linux" ? (nginxProblem() ?? wrkProblem()) : "the bench needs Linux";
const isSkipped = missing !== null && process.env["CI"] === undefined;

async function runBench(words: readonly string[]) {
  const child = Bun.spawn([process.execPath, "--no-env-file", join(projectFolder, "benchmarks/run.ts"), ...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { output, errors, exitCode };
}

/** Results of an earlier run with one row of so many requests a second beside nginx's thousand. */
function resultsOf(value: number, failures: Results["failures"]): Results {
  const series = (program: string, one: number): Series => ({
    program,
    samples: [{ value: one, clientCpuShare: 0.1, serverCpuMicroseconds: null, othersCpuShare: 0 }],
    peakMemoryMiB: 100,
  });
  return {
    circumstances: { date: "2026-01-02", commit: "abc1234", machine: "a machine", programs: "Bun", loadAverage: 0 },
    pairs: 1, secondsPerTurn: 1, isQuick: false, peers: [], failures,
    rows: [{ id: "get-10k-hot", title: "GET", unit: "requests/s", series: [series("Stowage", value), series("nginx", 1000)] }],
  };
}

/** What a run left in its folder. */
function resultsIn(folder: string): Results {
  const [name = ""] = readdirSync(join(folder, "results"));
  return JSON.parse(readFileSync(join(folder, "results", name), "utf8"));
}

describe("npm run bench", () => {
  it.each([
    ["0 when a target is met", 1000, [], 0],
    ["0 when it is missed by less than 20 %", 810, [], 0],
    ["1 when it is missed by more", 790, [], 1],
    ["1 when a scenario could not be measured", 1000, [{ scenario: "mixed", message: "a request failed" }], 1],
  ])("ends with %s", async (_what, value, failures, expected) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "results.json");
    writeFileSync(path, JSON.stringify(resultsOf(value, failures)));
    const { output, exitCode } = await runBench(["--from", path]);
    expect([exitCode, output.includes("| GET | ")]).toEqual([expected, true]);
  });

  it("writes nothing of a file into the README that the run itself would not have written", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "results.json");
    writeFileSync(path, JSON.stringify(resultsOf(1000, [])));
    const before = readFileSync(join(projectFolder, "README.md"), "utf8");
    expect(await runBench(["--from", path, "--write-readme"])).toMatchObject({ exitCode: 2, errors: expect.stringContaining("README.md is not written") });
    expect(readFileSync(join(projectFolder, "README.md"), "utf8")).toBe(before);
  });

  it("ends with 2 when it is called wrongly", async () => {
    expect(await runBench(["--only", "nothing"])).toMatchObject({ exitCode: 2, errors: expect.stringContaining("is no scenario") });
  });

  it.skipIf(isSkipped)(`measures Stowage beside nginx and leaves nothing behind but figures${missing === null ? "" : ` (skipped: ${missing})`}`, async () => {
    using folder = temporaryFolder();
    const words = ["--quick", "--only", "get-10k-hot", "--only", "put-large", "--folder", folder.path];
    const { output, errors, exitCode } = await runBench(words);
    expect([exitCode, errors.replace(/^missed by.*\n$/, "")]).toEqual([0, ""]);
    expect(readdirSync(folder.path)).toEqual(["results"]);
    const results = resultsIn(folder.path);
    expect(results.rows.map((row) => row.id)).toEqual(["get-10k-hot", "get-10k-hot-token", "get-10k-hot-gitlab", "put-64m"]);
    for (const row of results.rows) {
      expect(row.series.map((series) => series.program).slice(0, 2)).toEqual(["Stowage", "nginx"]);
      for (const series of row.series) {
        expect(series.samples).toHaveLength(1);
        expect(series.samples[0]?.value).toBeGreaterThan(0);
        expect(series.samples[0]?.clientCpuShare).toBeGreaterThan(0);
        expect(series.peakMemoryMiB).toBeGreaterThan(1);
      }
      expect(output).toContain(`| ${row.title} | `);
    }
  }, 90_000);

  it.skipIf(isSkipped)(`checks many wrong passwords in bounded memory, and tells what was answered${missing === null ? "" : ` (skipped: ${missing})`}`, async () => {
    using folder = temporaryFolder();
    const { errors, exitCode } = await runBench(["--quick", "--only", "sign-in", "--folder", folder.path]);
    expect([exitCode, errors]).toEqual([0, ""]);
    const [remembered, checked] = resultsIn(folder.path).rows;
    expect([remembered?.id, checked?.id]).toEqual(["password-remembered", "password-checks"]);
    // What is remembered costs less than any check could: 40 ms of a core.
    expect(remembered?.series[0].samples[0]?.serverCpuMicroseconds).toBeLessThan(10_000);
    const { serverCpuMicroseconds, value } = checked?.series[0].samples[0] ?? {};
    expect(serverCpuMicroseconds).toBeGreaterThan(10_000);
    expect(value).toBeGreaterThan(0);
    expect(checked?.series[0].peakMemoryMiB).toBeLessThan(memoryTargetMiB);
    const [wrong = 0, throttled = 0, busy = 0] = (checked?.note?.match(/\d+(?= times)/g) ?? []).map(Number);
    // The first 32 come from three senders, of whom each has two guesses too many.
    expect(wrong).toBeGreaterThan(10);
    expect(throttled).toBeGreaterThan(2);
    expect(busy).toBe(0);
  }, 90_000);
});

describe("the generator of guesses", () => {
  it("sends no password twice and lets each sender be heard so often only", () => {
    const next = createRequestSource({ kind: "guess", path: "/file", account: "bench", guessesPerSender: 3 }, 3 * 256);
    const heads = Array.from({ length: 9 }, () => Buffer.from(next().start).toString("latin1"));
    const senders = heads.map((head) => /^X-Forwarded-For: (.+)\r$/m.exec(head)?.[1]);
    expect(senders).toEqual([..."111222333"].map((digit) => `10.0.1.${Number(digit) - 1}`));
    const passwords = heads.map((head) => atob(/^Authorization: Basic (.+)\r$/m.exec(head)?.[1] ?? ""));
    expect(passwords.every((password) => password.startsWith("bench:"))).toBe(true);
    expect(new Set(passwords).size).toBe(9);
  });
});

describe("the open-loop generator", () => {
  it("counts what requests wait while the server stands still, also those that could not be sent", async () => {
    const stillMs = 500;
    const seconds = 2;
    const perSecond = 100;
    let answered = 0;
    using server = Bun.serve({
      port: 0,
      fetch: () => {
        answered += 1;
        return new Response("x");
      },
    });
    const spec: OpenLoopSpec = {
      port: server.port ?? 0,
      seconds,
      streams: [{ name: "get", plan: { kind: "get", path: "/", count: 1, headers: {} }, perSecond, expectedStatus: 200 }],
    };
    const running = runLoad<OpenLoopSpec, OpenLoopResult>("open-loop.ts", spec, null);
    // Until the generator is under way; then nothing in this process is answered for a while.
    await until(() => answered > 0, 20_000, "the first request");
    Bun.sleepSync(stillMs);
    const { result } = await running;
    const [stream] = result.streams;
    expect(stream).toMatchObject({ sent: seconds * perSecond, failures: 0 });
    expect(stream?.maxMs).toBeGreaterThan(stillMs * 0.9);
    // A quarter of the arrivals fell into the time when nothing was answered.
    expect(stream?.p99Ms).toBeGreaterThan(stillMs * 0.7);
  }, 30_000);

  it("counts other statuses as failures", async () => {
    using server = Bun.serve({ port: 0, fetch: () => new Response("no", { status: 503 }) });
    const spec: OpenLoopSpec = {
      port: server.port ?? 0,
      seconds: 1,
      streams: [{ name: "get", plan: { kind: "get", path: "/", count: 1, headers: {} }, perSecond: 50, expectedStatus: 200 }],
    };
    const { result } = await runLoad<OpenLoopSpec, OpenLoopResult>("open-loop.ts", spec, null);
    expect(result.streams[0]).toMatchObject({ sent: 50, failures: 50 });
  }, 30_000);
});
