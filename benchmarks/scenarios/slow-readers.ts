import { interleave, serverContender, type Turn } from "../interleave.ts";
import type { OpenLoopResult, OpenLoopSpec } from "../load/open-loop.ts";
import { runLoad } from "../load/run-load.ts";
import type { SlowReadersResult, SlowReadersSpec } from "../load/slow-readers.ts";
import { publishFiles } from "../published-files.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import type { BenchServer } from "../servers/bench-server.ts";
import { smallFileBytes } from "../small-downloads.ts";

const mebibyte = 1024 * 1024;
const bytesPerSecond = 64 * 1024;
const othersPerSecond = 100;

/** Many who take a large file at a trickle, and what it does to memory and to everybody else. */
export const slowReaders: Scenario = {
  name: "slow-readers",
  summary: "1,000 slow readers of one 50 MiB file, while others ask for small ones",
  run: (bench) =>
    withServers(bench, async (servers) => {
      const readers = bench.isQuick ? 100 : 1000;
      for (const server of servers) {
        await publishFiles(bench, server, { folder: server.folderOf("small", "1.0.0"), count: 1, sizeBytes: smallFileBytes });
        await publishFiles(bench, server, { folder: server.folderOf("large", "1.0.0"), count: 1, sizeBytes: 50 * mebibyte });
      }
      const contenders = servers.map((server) => serverContender(server, () => turn(bench, server, readers)));
      const head = {
        id: "slow-readers",
        title: `GET 10 KiB at ${othersPerSecond}/s beside ${readers} readers of a 50 MiB file at 64 KiB/s each, 99th percentile`,
        unit: "ms",
      };
      return [await interleave(bench, head, contenders)];
    }),
};

async function turn(bench: Bench, server: BenchServer, readers: number): Promise<Turn> {
  const slow: SlowReadersSpec = {
    port: server.port,
    path: `${server.folderOf("large", "1.0.0")}file-0.bin`,
    headers: server.tokenHeaders,
    readers,
    bytesPerSecond,
    // Long enough to surround the others.
    seconds: bench.seconds + 4,
  };
  const others: OpenLoopSpec = {
    port: server.port,
    streams: [
      {
        name: "get",
        plan: { kind: "get", path: `${server.folderOf("small", "1.0.0")}file-0.bin`, count: 1, headers: server.tokenHeaders },
        perSecond: othersPerSecond,
        expectedStatus: 200,
      },
    ],
    seconds: bench.seconds,
  };
  const running = runLoad<SlowReadersSpec, SlowReadersResult>("slow-readers.ts", slow, bench.cores);
  await Bun.sleep(2000);
  const asked = await runLoad<OpenLoopSpec, OpenLoopResult>("open-loop.ts", others, bench.cores);
  const read = await running;
  const [stream] = asked.result.streams;
  if (stream === undefined || stream.failures > 0) throw new Error(`${server.program} failed ${stream?.failures} of ${stream?.sent} requests`);
  if (read.result.cutReaders > 0 || read.result.fedReaders < readers)
    throw new Error(`${server.program} cut ${read.result.cutReaders} slow readers and fed ${read.result.fedReaders} of ${readers}`);
  return { value: stream.p99Ms, clientCpuShare: asked.clientCpuShare + read.clientCpuShare, work: null };
}
