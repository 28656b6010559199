import { interleave, serverContender, type Contender, type Turn } from "./interleave.ts";
import { runWrk } from "./load/wrk.ts";
import { publishFiles, type PublishedFiles } from "./published-files.ts";
import type { Row } from "./row.ts";
import type { Bench } from "./scenario.ts";
import type { BenchServer } from "./servers/bench-server.ts";

/** Connections of every closed loop of small downloads. */
export const smallConnections = 32;
export const smallFileBytes = 10 * 1024;

/** As many GETs as are answered, counted by wrk. */
export async function wrkTurn(bench: Bench, files: PublishedFiles, headers: Readonly<Record<string, string>>): Promise<Turn> {
  const spec = { port: files.server.port, path: files.path, count: files.count, headers, connections: smallConnections, seconds: bench.seconds };
  const { result, clientCpuShare } = await runWrk(spec, bench.cores);
  return { value: (result.requests * 1e6) / result.microseconds, clientCpuShare, work: result.requests };
}

/** A row of GETs by wrk over files that were published before. */
export async function getRow(
  bench: Bench,
  head: Pick<Row, "id" | "title">,
  published: readonly PublishedFiles[],
  headersOf: (server: BenchServer) => Readonly<Record<string, string>>,
): Promise<Row> {
  const contenders = published.map((files): Contender => serverContender(files.server, (server) => wrkTurn(bench, files, headersOf(server))));
  return interleave(bench, { ...head, unit: "requests/s" }, contenders);
}

/** The same files at every program, in the manner of Gitea. */
export async function publishEverywhere(
  bench: Bench,
  servers: readonly BenchServer[],
  files: { readonly count: number; readonly sizeBytes: number },
): Promise<readonly PublishedFiles[]> {
  const published: PublishedFiles[] = [];
  for (const server of servers)
    published.push(await publishFiles(bench, server, { folder: server.folderOf("files", "1.0.0"), ...files }));
  return published;
}
