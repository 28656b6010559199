import { join } from "node:path";
import { interleave, serverContender } from "../interleave.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "../load/closed-loop.ts";
import { runLoad } from "../load/run-load.ts";
import { publishFiles } from "../published-files.ts";
import type { Scenario } from "../scenario.ts";
import { account, startStowage } from "../servers/stowage.ts";
import { smallConnections, smallFileBytes } from "../small-downloads.ts";

/** Password checks take memory on purpose: how much, when many arrive at once. */
export const signIn: Scenario = {
  name: "sign-in",
  summary: "GET 10 KiB with a password at 32 connections: what password checks take",
  run: async (bench) => {
    const server = await startStowage({ cores: bench.cores, folder: join(bench.folder, "stowage") });
    try {
      const { path } = await publishFiles(bench, server, { folder: server.folderOf("files", "1.0.0"), count: 1, sizeBytes: smallFileBytes });
      const contender = serverContender(server, async () => {
        const spec: ClosedLoopSpec = {
          port: server.port,
          plan: { kind: "get", path, count: 1, headers: { Authorization: `Basic ${btoa(`${account.name}:${account.password}`)}` } },
          connections: smallConnections,
          seconds: bench.seconds,
          expectedStatus: 200,
        };
        const { result, clientCpuShare } = await runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
        return { value: result.answered / result.seconds, clientCpuShare, work: result.answered };
      });
      return [await interleave(bench, { id: "sign-in", title: `GET 10 KiB with a password, ${smallConnections} connections`, unit: "requests/s" }, [contender])];
    } finally {
      await server.stop();
    }
  },
};
