import type { Content } from "../support/fault-content.ts";
import type { JournalEntry } from "../support/fault-journal.ts";
import type { Random } from "../support/fault-random.ts";
import { soakDialects, type SoakPlace } from "./soak-client.ts";

const filesPerVersion = 6;
const packages = 20;

/** A name of the soak, what it may hold, and who is busy with it. */
export interface SoakName extends JournalEntry, SoakPlace {
  /** Requests under way that read it; it is not changed meanwhile. */
  readers: number;
  /** A request that changes it is under way, or was never answered. */
  isChanging: boolean;
}

/** All names that a soak has used. Those that hold a file can be drawn in the same time however many there were. */
export interface SoakNames {
  readonly all: readonly SoakName[];
  held(): readonly SoakName[];
  /** One that has never been used. */
  fresh(random: Random): SoakName;
  /** One that certainly holds a file and that nothing is changing; for a change nobody may be reading it either. */
  draw(random: Random, purpose: "read" | "change"): SoakName | null;
  /** To be called whenever what a name may hold has become certain. */
  settle(name: SoakName, holds: Content | null): void;
}

export function createSoakNames(): SoakNames {
  const all: SoakName[] = [];
  const held: SoakName[] = [];
  const placeOfHeld = new Map<SoakName, number>();
  const remove = (name: SoakName): void => {
    const at = placeOfHeld.get(name);
    const last = held.pop();
    if (at === undefined || last === undefined) throw new Error(`${name.path} is not held`);
    placeOfHeld.delete(name);
    if (last === name) return;
    held[at] = last;
    placeOfHeld.set(last, at);
  };
  return {
    all,
    held: () => held,
    fresh: (random) => {
      const dialect = random.pick(soakDialects) ?? "gitea";
      const version = Math.floor(all.length / filesPerVersion);
      const path = `soak-${version % packages}/1.${version}.0/file-${all.length}.bin`;
      const name: SoakName = { dialect, path, possible: [null], pending: null, readers: 0, isChanging: false };
      all.push(name);
      return name;
    },
    draw: (random, purpose) => {
      for (let tries = 0; tries < 10; tries += 1) {
        const name = random.pick(held);
        if (name !== null && !name.isChanging && (purpose === "read" || name.readers === 0)) return name;
      }
      return null;
    },
    settle: (name, holds) => {
      name.possible = [holds];
      name.pending = null;
      name.isChanging = false;
      const isHeld = placeOfHeld.has(name);
      if (holds !== null && !isHeld) placeOfHeld.set(name, held.push(name) - 1);
      if (holds === null && isHeld) remove(name);
    },
  };
}
