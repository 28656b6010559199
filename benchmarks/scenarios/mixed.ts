import { furtherRow, interleave, serverContender, type Turn } from "../interleave.ts";
import type { OpenLoopResult, OpenLoopSpec } from "../load/open-loop.ts";
import { runLoad } from "../load/run-load.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import type { BenchServer } from "../servers/bench-server.ts";
import { atLeastOne, publishEverywhere, smallFileBytes } from "../small-downloads.ts";
import { uploadTurn } from "./put-10k.ts";

const fileCount = 100;

/** Nine downloads for each upload, arriving at a fixed rate whatever the server does. */
export const mixed: Scenario = {
  name: "mixed",
  summary: "90 % GET and 10 % PUT of 10 KiB at 1,000 requests/s, latency from the intended time",
  run: (bench) =>
    withServers(bench, async (servers) => {
      await publishEverywhere(bench, servers, { count: fileCount, sizeBytes: smallFileBytes });
      const rates = { getsPerSecond: 900, putsPerSecond: 100 };
      const contenders = servers.map((server) => {
        const numbers = { next: 0 };
        return serverContender(server, () => arrivals(bench, server, { ...rates, packageName: "mixed", numbers }));
      });
      const title = "mixed 90/10 at 1,000/s, 10 KiB, 99th percentile of";
      const row = await interleave(bench, { id: "mixed-get", title: `${title} GET`, unit: "ms" }, atLeastOne(contenders));
      return [row, furtherRow(row, { id: "mixed-put", title: `${title} PUT`, unit: "ms" }, 0)];
    }),
};

/** Downloads that must not wait for uploads. */
export const getWhilePublishing: Scenario = {
  name: "get-while-publishing",
  summary: "GET 10 KiB at 500/s while uploads arrive at half the rate that Stowage can take",
  run: (bench) =>
    withServers(bench, async (servers) => {
      await publishEverywhere(bench, servers, { count: fileCount, sizeBytes: smallFileBytes });
      const [stowage] = servers;
      const numbers = { next: 0 };
      await uploadTurn(bench, stowage, { connections: 32, numbers });
      const { value: most } = await uploadTurn(bench, stowage, { connections: 32, numbers });
      const rates = { getsPerSecond: 500, putsPerSecond: Math.max(1, Math.round(most / 2)) };
      // nginx is given the same uploads as Stowage: for it they are far less than half of what it can take.
      const contenders = servers.map((server) => {
        const own = { next: 0 };
        return serverContender(server, () => arrivals(bench, server, { ...rates, packageName: "busy", numbers: own }));
      });
      const title = `GET 10 KiB at 500/s beside ${rates.putsPerSecond} PUT/s of 10 KiB (half of Stowage's most), 99th percentile`;
      const row = await interleave(bench, { id: "get-while-publishing", title, unit: "ms" }, atLeastOne(contenders));
      return [row, furtherRow(row, { id: "put-while-getting", title: "the same, 99th percentile of PUT", unit: "ms" }, 0)];
    }),
};

interface Arrivals {
  readonly getsPerSecond: number;
  readonly putsPerSecond: number;
  readonly packageName: string;
  /** Goes on from turn to turn: no version twice. */
  readonly numbers: { next: number };
}

async function arrivals(bench: Bench, server: BenchServer, { getsPerSecond, putsPerSecond, packageName, numbers }: Arrivals): Promise<Turn> {
  const spec: OpenLoopSpec = {
    port: server.port,
    seconds: bench.seconds,
    streams: [
      {
        name: "get",
        plan: { kind: "get", path: `${server.folderOf("files", "1.0.0")}file-#.bin`, count: fileCount, headers: server.tokenHeaders },
        perSecond: getsPerSecond,
        expectedStatus: 200,
      },
      {
        name: "put",
        plan: { kind: "put", path: `${server.folderOf(packageName, "1.0.#")}small.bin`, sizeBytes: smallFileBytes, headers: server.tokenHeaders },
        perSecond: putsPerSecond,
        expectedStatus: 201,
        firstNumber: numbers.next,
      },
    ],
  };
  const { result, clientCpuShare } = await runLoad<OpenLoopSpec, OpenLoopResult>("open-loop.ts", spec, bench.cores);
  const [gets, puts] = result.streams;
  if (gets === undefined || puts === undefined) throw new Error("the generator told of no requests");
  numbers.next += puts.sent;
  if (gets.failures + puts.failures > 0)
    throw new Error(`${server.program} failed ${gets.failures} of ${gets.sent} downloads and ${puts.failures} of ${puts.sent} uploads`);
  return { value: gets.p99Ms, further: [puts.p99Ms], clientCpuShare, work: gets.sent + puts.sent };
}
