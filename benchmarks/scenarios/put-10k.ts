import { rmSync } from "node:fs";
import { join } from "node:path";
import { interleave, serverContender, type Contender } from "../interleave.ts";
import type { BareWritesResult, BareWritesSpec } from "../load/bare-writes.ts";
import { runLoad } from "../load/run-load.ts";
import type { Row } from "../row.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { smallFileBytes } from "../small-downloads.ts";
import { uploadTurn } from "../small-uploads.ts";

/** Small uploads, each a version of its own with bytes of its own. */
export const putSmall: Scenario = {
  name: "put-10k",
  summary: "PUT of 10 KiB at 1, 8 and 32 connections, beside a bare loop that does only the disk's work",
  run: (bench) =>
    withServers(bench, async (servers) => {
      const rows: Row[] = [];
      for (const connections of [1, 8, 32]) {
        const [stowage, ...others] = servers.map((server) => {
          const numbers = { next: 0 };
          return serverContender(server, () => uploadTurn(bench, server, { connections, numbers }));
        });
        if (stowage === undefined) throw new Error("there is nothing to measure");
        const head = {
          id: `put-10k-${connections}`,
          title: `PUT 10 KiB durable, ${connections} connection${connections === 1 ? "" : "s"}`,
          unit: "files/s",
          note: "nginx neither hashes nor syncs nor records",
        };
        rows.push(await interleave(bench, head, [stowage, bareLoop(bench, connections), ...others]));
      }
      return rows;
    }),
};

/** Runs where the servers run, since it is measured as one of them; it has no client. */
function bareLoop(bench: Bench, inFlight: number): Contender {
  return {
    program: `bare loop, ${inFlight} in flight,`,
    sample: async () => {
      const folder = join(bench.folder, "bare");
      const spec: BareWritesSpec = { folder, inFlight, sizeBytes: smallFileBytes, seconds: bench.seconds };
      const { result } = await runLoad<BareWritesSpec, BareWritesResult>("bare-writes.ts", spec, bench.cores, "server");
      rmSync(folder, { recursive: true, force: true });
      return { value: result.files / result.seconds, clientCpuShare: 0, serverCpuMicroseconds: result.cpuMicroseconds / result.files };
    },
    peakMemoryMiB: () => null,
  };
}
