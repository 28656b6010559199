import type { Contender } from "./interleave.ts";
import type { Bench } from "./scenario.ts";
import { startStowage } from "./servers/stowage.ts";

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
