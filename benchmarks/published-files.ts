import type { ClosedLoopResult, ClosedLoopSpec } from "./load/closed-loop.ts";
import { runLoad } from "./load/run-load.ts";
import type { Bench } from "./scenario.ts";
import { untilIdle, type BenchServer } from "./servers/bench-server.ts";

/** Files that a program serves, all of one size. */
export interface PublishedFiles {
  readonly server: BenchServer;
  /** `#` stands for their numbers, from 0. */
  readonly path: string;
  readonly count: number;
  readonly sizeBytes: number;
}

/** Publishes files of random bytes over HTTP and makes sure that the first is served whole. */
export async function publishFiles(
  bench: Bench,
  server: BenchServer,
  files: { readonly folder: string; readonly count: number; readonly sizeBytes: number },
): Promise<PublishedFiles> {
  const path = `${files.folder}file-#.bin`;
  const spec: ClosedLoopSpec = {
    port: server.port,
    plan: { kind: "put", path, sizeBytes: files.sizeBytes, headers: server.tokenHeaders },
    connections: Math.min(16, files.count),
    requests: files.count,
    expectedStatus: 201,
  };
  await runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
  const answer = await fetch(`http://127.0.0.1:${server.port}${path.replace("#", "0")}`, { method: "HEAD" });
  const length = Number(answer.headers.get("content-length"));
  if (answer.status !== 200 || length !== files.sizeBytes)
    throw new Error(`${server.program} answers ${answer.status} with ${length} bytes for a file of ${files.sizeBytes}`);
  await untilIdle(server);
  return { server, path, count: files.count, sizeBytes: files.sizeBytes };
}

/** The entity tag of the first file, for conditional requests. */
export async function entityTagOf({ server, path }: PublishedFiles): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path.replace("#", "0")}`, { method: "HEAD" });
  const tag = answer.headers.get("etag");
  if (tag === null) throw new Error(`${server.program} gives no entity tag`);
  return tag;
}
