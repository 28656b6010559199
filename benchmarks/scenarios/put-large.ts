import { join } from "node:path";
import { freshContender } from "../fresh-contender.ts";
import { interleave, type Turn } from "../interleave.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "../load/closed-loop.ts";
import { runLoad } from "../load/run-load.ts";
import type { Row } from "../row.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { installedPeers } from "../servers/all-servers.ts";
import type { BenchServer } from "../servers/bench-server.ts";
import { startGitea } from "../servers/gitea.ts";
import { startNginx } from "../servers/nginx.ts";
import { startStowage } from "../servers/stowage.ts";

const mebibyte = 1024 * 1024;
const note = "nginx neither hashes nor syncs";

/** One large upload. */
export const putLarge: Scenario = {
  name: "put-large",
  summary: "PUT of one 1 GiB file",
  run: async (bench) => [
    bench.isQuick
      ? await uploads(bench, { id: "put-64m", title: "PUT 64 MiB, hashed and durable" }, { count: 1, sizeBytes: 64 * mebibyte })
      : await uploads(bench, { id: "put-1g", title: "PUT 1 GiB, hashed and durable" }, { count: 1, sizeBytes: 1024 * mebibyte }),
  ],
};

/** Many large uploads that run at the same time. */
export const uploadsAtOnce: Scenario = {
  name: "uploads-at-once",
  summary: "32 uploads of 256 MiB at the same time",
  run: async (bench) => [
    bench.isQuick
      ? await uploads(bench, { id: "uploads-8-8m", title: "8 uploads of 8 MiB at once" }, { count: 8, sizeBytes: 8 * mebibyte })
      : await uploads(bench, { id: "uploads-at-once", title: "32 uploads of 256 MiB at once, hashed and durable" }, { count: 32, sizeBytes: 256 * mebibyte }),
  ],
};

function uploads(bench: Bench, head: Pick<Row, "id" | "title">, files: { readonly count: number; readonly sizeBytes: number }): Promise<Row> {
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
