import { median, pairwiseRatios, summarize, type Summary } from "./statistics.ts";

/** One measured run of one program. */
export interface Sample {
  readonly value: number;
  /** What else the same turn gave, for rows of their own. */
  readonly further?: readonly number[];
  /** Share of its core that the load generator used; near 1 the figure is the generator's, not the server's. */
  readonly clientCpuShare: number;
  /** Processor time of the server for each unit of work, where that has a meaning: it is the least noisy figure. */
  readonly serverCpuMicroseconds: number | null;
  /** Share of the two cores' time that went to neither server nor generator; the kernel's own work counts here too. */
  readonly othersCpuShare: number;
}

/** All runs of one program in a scenario. */
export interface Series {
  readonly program: string;
  readonly samples: readonly Sample[];
  /** Most resident memory (VmHWM) of all its processes together, MiB; null where it was not looked at. */
  readonly peakMemoryMiB: number | null;
}

/** One line of the table. */
export interface Row {
  /** Stable name, by which a target finds it. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Stowage comes first. */
  readonly series: readonly [Series, ...Series[]];
  /** What a reader has to know of this row. */
  readonly note?: string;
}

/** Median and range of a series' values. */
export function valuesOf(series: Series): Summary {
  return summarize(series.samples.map((sample) => sample.value));
}

/** Stowage's value by the reference's, round by round; null where there is no reference. */
export function ratioOf(row: Row): Summary | null {
  const [own, reference] = row.series;
  if (reference === undefined) return null;
  return summarize(pairwiseRatios(own.samples.map(valueOf), reference.samples.map(valueOf)));
}

/** The load generator's usual share of its core. */
export function clientCpuShareOf(series: Series): number {
  return median(series.samples.map((sample) => sample.clientCpuShare));
}

/** What else ran on the two cores, usually: other programs, and what the kernel does in nobody's name, such as write-back. */
export function othersCpuShareOf(row: Row): number {
  return median(row.series.flatMap((series) => series.samples.map((sample) => sample.othersCpuShare)));
}

/** Processor time for each unit of work, microseconds; null where it was not counted. */
export function serverCpuOf(series: Series): number | null {
  const counted = series.samples.map((sample) => sample.serverCpuMicroseconds).filter((value) => value !== null);
  return counted.length === 0 ? null : median(counted);
}

function valueOf(sample: Sample): number {
  return sample.value;
}
