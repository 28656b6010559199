import { join } from "node:path";
import { interleave, type Contender } from "../interleave.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { startStowage } from "../servers/stowage.ts";

/** The time from the beginning of the process, without npm, to its first answer. */
export const startUp: Scenario = {
  name: "start-up",
  summary: "start on an empty folder and on an existing one",
  run: async (bench) => {
    const existing = join(bench.folder, "existing");
    return [
      await interleave(bench, { id: "start-empty", title: "start on an empty folder", unit: "ms" }, [startContender(bench, join(bench.folder, "empty"), false)]),
      await interleave(bench, { id: "start-existing", title: "start on an existing folder", unit: "ms" }, [startContender(bench, existing, true)]),
    ];
  },
};

/** Starts and stops the server once in each turn. */
export function startContender(bench: Bench, folder: string, keepFolder: boolean): Contender {
  let peakMemoryMiB = 0;
  return {
    program: "Stowage",
    sample: async () => {
      const server = await startStowage({ cores: bench.cores, folder, keepFolder });
      peakMemoryMiB = Math.max(peakMemoryMiB, server.peakMemoryMiB());
      const cpuSeconds = server.cpuSeconds();
      await server.stop();
      return { value: server.startedInMs, clientCpuShare: 0, serverCpuMicroseconds: cpuSeconds * 1e6 };
    },
    peakMemoryMiB: () => peakMemoryMiB,
  };
}
