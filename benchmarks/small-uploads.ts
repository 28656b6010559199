import type { Turn } from "./interleave.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "./load/closed-loop.ts";
import { runLoad } from "./load/run-load.ts";
import type { Bench } from "./scenario.ts";
import type { BenchServer } from "./servers/bench-server.ts";
import { smallFileBytes } from "./small-downloads.ts";

/** As many uploads as are answered in a turn. `numbers` goes on, so that no turn repeats another's versions. */
export async function uploadTurn(
  bench: Bench,
  server: BenchServer,
  { connections, numbers }: { readonly connections: number; readonly numbers: { next: number } },
): Promise<Turn> {
  const spec: ClosedLoopSpec = {
    port: server.port,
    plan: { kind: "put", path: `${server.folderOf(`put-${connections}`, "1.0.#")}small.bin`, sizeBytes: smallFileBytes, headers: server.tokenHeaders },
    connections,
    seconds: bench.seconds,
    expectedStatus: 201,
    firstNumber: numbers.next,
  };
  const { result, clientCpuShare } = await runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
  numbers.next += result.answered;
  return { value: result.answered / result.seconds, clientCpuShare, work: result.answered };
}
