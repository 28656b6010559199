import { watchCores } from "./core-time.ts";
import { valuesOf, type Row, type Sample, type Series } from "./row.ts";
import type { Bench } from "./scenario.ts";
import { untilIdle, type BenchServer } from "./servers/bench-server.ts";

/** One program in a scenario. */
export interface Contender {
  readonly program: string;
  /** Resolves when what it did is over; asked after each of its turns. */
  settled?(): Promise<void>;
  /** One turn; what else ran meanwhile is found out by whoever asks for it. */
  sample(): Promise<Omit<Sample, "othersCpuShare">>;
  /** Asked when all turns are over. */
  peakMemoryMiB(): number | null;
}

/** What one turn gave. */
export interface Turn {
  readonly value: number;
  /** Figures of the same turn for rows of their own. */
  readonly further?: readonly number[];
  /** Share of its core that the generator used. */
  readonly clientCpuShare: number;
  /** Requests, files or downloads that the server's processor time is divided by; null where it makes no sense. */
  readonly work: number | null;
}

/** What a row is called. */
export type RowHead = Pick<Row, "id" | "title" | "unit" | "note">;

/**
 * Gives every program its turn, again and again: A B A B. What a program and the disk still have to do for one turn is
 * finished before the next begins. One turn each before the first is not counted, unless it costs too much.
 */
export async function interleave(
  bench: Bench,
  head: RowHead,
  contenders: readonly Contender[],
  warmUp: "warm_up" | "cold" = "warm_up",
): Promise<Row> {
  bench.say(`${head.title} ...`);
  const samples = new Map(contenders.map((contender) => [contender, [] as Sample[]]));
  for (let round = warmUp === "warm_up" && !bench.isQuick ? -1 : 0; round < bench.pairs; round += 1)
    for (const contender of contenders) {
      settleDisk(bench.folder);
      const othersShare = watchCores(bench.cores);
      const sample = await contender.sample();
      const othersCpuShare = othersShare();
      await contender.settled?.();
      if (round >= 0) samples.get(contender)?.push({ ...sample, othersCpuShare });
    }
  const seriesOf = (contender: Contender): Series => ({
    program: contender.program,
    samples: samples.get(contender) ?? [],
    peakMemoryMiB: contender.peakMemoryMiB(),
  });
  const [first, ...others] = contenders;
  if (first === undefined) throw new Error(`nobody takes part in ${head.title}`);
  const row: Row = { ...head, series: [seriesOf(first), ...others.map(seriesOf)] };
  bench.say(`  ${row.series.map((series) => `${series.program} ${valuesOf(series).median.toFixed(1)}`).join(", ")} ${head.unit}`);
  return row;
}

/** A program that serves, whose processor time is counted during each turn. */
export function serverContender<Server extends BenchServer>(server: Server, take: (server: Server) => Promise<Turn>): Contender {
  return {
    program: server.program,
    settled: () => untilIdle(server),
    sample: async () => {
      const before = server.cpuSeconds();
      const turn = await take(server);
      return measured(turn, server.cpuSeconds() - before);
    },
    peakMemoryMiB: server.peakMemoryMiB,
  };
}

/** A turn with the server's processor time divided by its work. */
export function measured({ work, ...turn }: Turn, usedSeconds: number): Omit<Sample, "othersCpuShare"> {
  return { ...turn, serverCpuMicroseconds: work === null ? null : (usedSeconds * 1e6) / work };
}

/** A row of the figures that the turns of another row gave beside its own. Its memory stands in that row. */
export function furtherRow(row: Row, head: RowHead, index: number): Row {
  const seriesOf = (series: Series): Series => ({
    ...series,
    peakMemoryMiB: null,
    samples: series.samples.map((sample) => ({ ...sample, value: sample.further?.[index] ?? Number.NaN, serverCpuMicroseconds: null })),
  });
  const [first, ...others] = row.series;
  return { ...head, series: [seriesOf(first), ...others.map(seriesOf)] };
}

/** Waits until everything written is on the disk, so that no program pays for another's writes. */
function settleDisk(folder: string): void {
  Bun.spawnSync(["sync", "--file-system", folder]);
}
