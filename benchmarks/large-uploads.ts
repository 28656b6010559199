import { join } from "node:path";
import { freshContender } from "./fresh-contender.ts";
import { interleave, type Turn } from "./interleave.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "./load/closed-loop.ts";
import { runLoad } from "./load/run-load.ts";
import type { Row } from "./row.ts";
import type { Bench } from "./scenario.ts";
import { installedPeers } from "./servers/all-servers.ts";
import type { BenchServer } from "./servers/bench-server.ts";
import { startGitea } from "./servers/gitea.ts";
import { startNginx } from "./servers/nginx.ts";
import { startStowage } from "./servers/stowage.ts";

export const mebibyte = 1024 * 1024;
const note = "nginx neither hashes nor syncs";

/** A row of uploads that begin together, to a server that was started for them alone. */
export function uploadRow(bench: Bench, head: Pick<Row, "id" | "title">, files: { readonly count: number; readonly sizeBytes: number }): Promise<Row> {
  const take = async (server: BenchServer): Promise<Turn> => {
    const spec: ClosedLoopSpec = {
      port: server.port,
      plan: { kind: "put", path: `${server.folderOf("large", "1.0.#")}large.bin`, sizeBytes: files.sizeBytes, headers: server.tokenHeaders },
      connections: files.count,
      requests: files.count,
      expectedStatus: 201,
    };
    const { result, clientCpuShare } = await runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
    return { value: (files.count * files.sizeBytes) / 1e6 / result.seconds, clientCpuShare, work: files.count };
  };
  const place = (name: string) => ({ cores: bench.cores, folder: join(bench.folder, name) });
  const peers = installedPeers().map((program) => freshContender(program, () => startGitea({ ...place(program), program }), take));
  return interleave(
    bench,
    { ...head, unit: "MB/s", note },
    [freshContender("Stowage", () => startStowage(place("stowage")), take), freshContender("nginx", () => startNginx(place("nginx")), take), ...peers],
    "cold",
  );
}
