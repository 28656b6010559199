import { measured, type Contender, type Turn } from "./interleave.ts";
import type { BenchServer } from "./servers/bench-server.ts";

/**
 * A program that is started anew, on an empty folder, for each turn: for uploads so large that their files have to go again
 * before the next turn.
 */
export function freshContender(
  program: string,
  start: () => Promise<BenchServer>,
  take: (server: BenchServer) => Promise<Turn>,
): Contender {
  let peakMemoryMiB = 0;
  return {
    program,
    sample: async () => {
      const server = await start();
      try {
        const before = server.cpuSeconds();
        const turn = await take(server);
        const used = server.cpuSeconds() - before;
        peakMemoryMiB = Math.max(peakMemoryMiB, server.peakMemoryMiB());
        return measured(turn, used);
      } finally {
        await server.stop();
      }
    },
    peakMemoryMiB: () => peakMemoryMiB,
  };
}
