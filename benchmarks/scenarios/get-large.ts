import { interleave, serverContender, type Turn } from "../interleave.ts";
import type { ReadWholeResult, ReadWholeSpec } from "../load/read-whole.ts";
import { runLoad } from "../load/run-load.ts";
import type { PublishedFiles } from "../published-files.ts";
import type { Row } from "../row.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { publishEverywhere } from "../small-downloads.ts";

const mebibyte = 1024 * 1024;

/** Files whose bytes are what costs. */
export const getLarge: Scenario = {
  name: "get-large",
  summary: "GET of a 1 MiB and of a 1 GiB file on one connection",
  run: async (bench) => [
    await sized(bench, { id: "get-1m", title: "GET 1 MiB" }, mebibyte),
    await sized(bench, bench.isQuick ? { id: "get-64m", title: "GET 64 MiB" } : { id: "get-1g", title: "GET 1 GiB" }, (bench.isQuick ? 64 : 1024) * mebibyte),
  ],
};

function sized(bench: Bench, head: Pick<Row, "id" | "title">, sizeBytes: number): Promise<Row> {
  return withServers(bench, async (servers) => {
    const published = await publishEverywhere(bench, servers, { count: 1, sizeBytes });
    const turn = async (files: PublishedFiles): Promise<Turn> => {
      const spec: ReadWholeSpec = { port: files.server.port, path: files.path.replace("#", "0"), headers: {}, sizeBytes, seconds: bench.seconds };
      const { result, clientCpuShare } = await runLoad<ReadWholeSpec, ReadWholeResult>("read-whole.ts", spec, bench.cores);
      return { value: result.bytes / 1e6 / result.seconds, clientCpuShare, work: result.downloads };
    };
    const contenders = published.map((files) => serverContender(files.server, () => turn(files)));
    return interleave(bench, { ...head, unit: "MB/s" }, contenders);
  });
}
