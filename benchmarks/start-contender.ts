import type { Contender } from "./interleave.ts";
import type { Bench } from "./scenario.ts";
import { startStowage, type StowageOptions } from "./servers/stowage.ts";

/** Starts and stops the server once in each turn. */
export function startContender(bench: Bench, options: Omit<StowageOptions, "cores">, name = "Stowage"): Contender {
  let peakMemoryMiB = 0;
  return {
    program: name,
    sample: async () => {
      const server = await startStowage({ cores: bench.cores, ...options });
      peakMemoryMiB = Math.max(peakMemoryMiB, server.peakMemoryMiB());
      const cpuSeconds = server.cpuSeconds();
      await server.stop();
      return { value: server.startedInMs, clientCpuShare: 0, serverCpuMicroseconds: cpuSeconds * 1e6 };
    },
    peakMemoryMiB: () => peakMemoryMiB,
  };
}
