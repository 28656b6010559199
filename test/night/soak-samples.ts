import type { Violation } from "../support/fault-journal.ts";
import { delay } from "../support/fault-waiting.ts";
import type { SoakLife } from "./soak-life.ts";
import { soakTimes } from "./soak-times.ts";
import { readFigures, type StoreFigures } from "./store-figures.ts";

/** What a server held at one moment of the run. */
export interface LaneSample extends StoreFigures {
  /** Since the run began. */
  readonly seconds: number;
  /** Since the server's last start. */
  readonly lifeSeconds: number;
  readonly heldNames: number;
}

/** Looks at a running server and its folder from beside. */
export function createSampler(parts: {
  readonly life: SoakLife;
  readonly dataDirectory: string;
  readonly violations: Violation[];
  readonly heldNames: () => number;
}) {
  const { life, dataDirectory, violations } = parts;
  const samples: LaneSample[] = [];
  const beganAtMs = performance.now();
  const take = (): void => {
    const serving = life.serving();
    if (serving === null) return;
    const nowMs = performance.now();
    const figures = readFigures(serving.server.pid, dataDirectory);
    const seconds = Math.round((nowMs - beganAtMs) / 1000);
    samples.push({ seconds, lifeSeconds: Math.round((nowMs - serving.beganAtMs) / 1000), heldNames: parts.heldNames(), ...figures });
    if (figures.oldestOrphanMs > soakTimes.longestOrphanMs)
      violations.push({ kind: "damaged stores", detail: `an object without a record stands for ${Math.round(figures.oldestOrphanMs / 1000)} s` });
  };
  return {
    samples,
    /** Takes one, where a server runs. */
    sample: (): void => {
      try {
        take();
      } catch (error) {
        violations.push({ kind: "fault reported", detail: `no sample could be taken: ${String(error)}` });
      }
    },
    /** Waits until collection has removed everything that nothing names any more. */
    awaitCollection: async (): Promise<void> => {
      const deadlineMs = performance.now() + soakTimes.longestOrphanMs + soakTimes.collectionGraceMs;
      for (let serving = life.serving(); serving !== null && performance.now() < deadlineMs; serving = life.serving()) {
        const { orphans, unreferenced } = readFigures(serving.server.pid, dataDirectory);
        if (orphans === 0 && unreferenced === 0) return;
        await delay(1000);
      }
      violations.push({ kind: "damaged stores", detail: "collection did not remove what nothing names" });
    },
  };
}
