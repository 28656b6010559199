import type { Turn } from "./interleave.ts";
import type { OpenLoopResult, OpenLoopSpec } from "./load/open-loop.ts";
import { runLoad } from "./load/run-load.ts";
import type { Bench } from "./scenario.ts";
import type { BenchServer } from "./servers/bench-server.ts";
import { smallFileBytes } from "./small-downloads.ts";

/** Files that have to be there, as `publishEverywhere` names them. */
export const arrivalFileCount = 100;

/** Downloads and uploads of small files at fixed rates. */
interface Arrivals {
  readonly getsPerSecond: number;
  readonly putsPerSecond: number;
  readonly packageName: string;
  /** Goes on from turn to turn: no version twice. */
  readonly numbers: { next: number };
}

/** One turn; its value is the 99th percentile of GET, and that of PUT comes along. Throws when any request failed. */
export async function arrivalTurn(bench: Bench, server: BenchServer, { getsPerSecond, putsPerSecond, packageName, numbers }: Arrivals): Promise<Turn> {
  const spec: OpenLoopSpec = {
    port: server.port,
    seconds: bench.seconds,
    streams: [
      {
        name: "get",
        plan: { kind: "get", path: `${server.folderOf("files", "1.0.0")}file-#.bin`, count: arrivalFileCount, headers: server.tokenHeaders },
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
