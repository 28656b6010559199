/**
 * What each figure of the load has to stay below, and where it comes from. A server alone on two cores is to publish within
 * a second, to send the first byte of a read within 100 ms, and its event loop to be late by no more than 20 ms (each the
 * 99th percentile); it is to hold less than 300 MiB.
 */
const limits: Readonly<Record<string, number>> = {
  "publishers.p99Ms": 1000,
  "publishers.eventLoopLagP99Ms": 20,
  "publishers.signOfLifeP99Ms": 20,
  // A thousand clients come within one moment, and receive 50 GB on the cores that the server runs on: whatever the server
  // does, most of them wait for the client's own loop and for a core. The limits above are for clients on machines of their
  // own; here it can only be asked that nobody is forgotten over the others.
  "herd.firstByteP99Ms": 3000,
  "herd.publishBesideP99Ms": 3000,
  "herd.signOfLifeP99Ms": 1000,
  "mixed.readP99Ms": 100,
  "mixed.publishP99Ms": 1000,
  "mixed.eventLoopLagP99Ms": 20,
  // A new connection and a turn of the asking thread on cores that are nearly full: a first byte like that of a read.
  "mixed.signOfLifeP99Ms": 100,
  residentMostMib: 300,
};

/** What is not as it should be, in words; a figure that was not taken is no good one. */
export function judgeLoad(figures: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(limits)
    .filter(([name, limit]) => !((figures[name] ?? Number.NaN) < limit))
    .map(([name, limit]) => `${name} is ${figures[name] ?? "not known"}, wanted less than ${limit}`);
}
