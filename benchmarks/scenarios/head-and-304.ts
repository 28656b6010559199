import { interleave, serverContender, type Turn } from "../interleave.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "../load/closed-loop.ts";
import { runLoad } from "../load/run-load.ts";
import { entityTagOf, type PublishedFiles } from "../published-files.ts";
import type { Row } from "../row.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { publishEverywhere, smallConnections, smallFileBytes } from "../small-downloads.ts";

/** Answers without a body. wrk waits for a body after HEAD, so the bench's own generator asks. */
export const headAndNotModified: Scenario = {
  name: "head-and-304",
  summary: "HEAD of a 10 KiB file, and GET answered 304",
  run: (bench) =>
    withServers(bench, async (servers) => {
      const files = await publishEverywhere(bench, servers, { count: 1, sizeBytes: smallFileBytes });
      const tags = new Map<PublishedFiles, string>();
      for (const one of files) tags.set(one, await entityTagOf(one));
      return [
        await row(bench, { id: "head-10k", title: "HEAD 10 KiB, one hot file" }, files, (one) => ({
          plan: { kind: "head", path: one.path, count: 1, headers: {} },
          expectedStatus: 200,
        })),
        await row(bench, { id: "not-modified", title: "GET with If-None-Match, answered 304" }, files, (one) => ({
          plan: { kind: "get", path: one.path, count: 1, headers: { "If-None-Match": tags.get(one) ?? "" } },
          expectedStatus: 304,
        })),
      ];
    }),
};

async function row(
  bench: Bench,
  head: Pick<Row, "id" | "title">,
  files: readonly PublishedFiles[],
  requestOf: (files: PublishedFiles) => Pick<ClosedLoopSpec, "plan" | "expectedStatus">,
): Promise<Row> {
  const turn = async (one: PublishedFiles): Promise<Turn> => {
    const spec: ClosedLoopSpec = { port: one.server.port, connections: smallConnections, seconds: bench.seconds, ...requestOf(one) };
    const { result, clientCpuShare } = await runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
    return { value: result.answered / result.seconds, clientCpuShare, work: result.answered };
  };
  const contenders = files.map((one) => serverContender(one.server, () => turn(one)));
  return interleave(bench, { ...head, unit: "requests/s" }, contenders);
}
