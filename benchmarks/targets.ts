import { ratioOf, valuesOf, type Row } from "./row.ts";

/** What Stowage is to reach in a row. */
export type Target =
  | { readonly rowId: string; readonly kind: "ratio_at_least"; readonly value: number }
  | { readonly rowId: string; readonly kind: "ratio_at_most"; readonly value: number }
  | { readonly rowId: string; readonly kind: "at_most"; readonly value: number }
  /** The value itself, or so many times the reference's in the same run: whichever allows more. */
  | { readonly rowId: string; readonly kind: "at_most_or_ratio"; readonly value: number; readonly ratio: number };

/** How a row did against its target; `failed` is more than 20 % beyond it. */
export interface Verdict {
  readonly outcome: "met" | "missed" | "failed";
  /** The target in words, with the row's own figure. */
  readonly text: string;
}

/** What a target may be missed by before the command fails. */
const tolerance = 0.2;

/** Most resident memory in any scenario, MiB. */
export const memoryTargetMiB = 200;

/** Every target that has a row of its own; memory is asked of all rows. */
export const targets: readonly Target[] = [
  { rowId: "get-10k-hot", kind: "ratio_at_least", value: 1 },
  { rowId: "get-10k-hot-token", kind: "ratio_at_least", value: 1 },
  { rowId: "get-10k-hot-gitlab", kind: "ratio_at_least", value: 1 },
  { rowId: "get-10k-random", kind: "ratio_at_least", value: 0.7 },
  { rowId: "get-10k-random-token", kind: "ratio_at_least", value: 0.7 },
  { rowId: "get-1m", kind: "ratio_at_least", value: 0.95 },
  { rowId: "get-1g", kind: "ratio_at_least", value: 0.95 },
  { rowId: "put-1g", kind: "ratio_at_least", value: 1.2 },
  { rowId: "put-10k-32", kind: "ratio_at_least", value: 0.8 },
  { rowId: "get-while-publishing", kind: "at_most_or_ratio", value: 20, ratio: 3 },
  { rowId: "start-empty", kind: "at_most", value: 400 },
  { rowId: "start-existing", kind: "at_most", value: 100 },
  { rowId: "start-large", kind: "at_most", value: 1000 },
];

/** Every operation on the large store, whose rows are named by operation. */
const largeStoreTarget = { kind: "ratio_at_most", value: 1.3 } as const;

/** The target of a row; null where it has none. */
export function targetOf(row: Row): Target | null {
  const named = targets.find((target) => target.rowId === row.id);
  if (named !== undefined) return named;
  return row.id.startsWith("large-store-") ? { rowId: row.id, ...largeStoreTarget } : null;
}

/** How a row did; null where it has no target. */
export function judge(row: Row): Verdict | null {
  const target = targetOf(row);
  if (target === null) return null;
  const ratio = ratioOf(row)?.median ?? Number.NaN;
  const { median: value } = valuesOf(row.series[0]);
  switch (target.kind) {
    case "ratio_at_least":
      return { outcome: outcomeAtLeast(ratio, target.value), text: `at least ${target.value} x` };
    case "ratio_at_most":
      return { outcome: outcomeAtMost(ratio, target.value), text: `at most ${target.value} x` };
    case "at_most":
      return { outcome: outcomeAtMost(value, target.value), text: `at most ${target.value} ${row.unit}` };
    case "at_most_or_ratio": {
      const [, reference] = row.series;
      const bound = Math.max(target.value, target.ratio * (reference === undefined ? 0 : valuesOf(reference).median));
      return { outcome: outcomeAtMost(value, bound), text: `at most ${target.value} ${row.unit} or ${target.ratio} x` };
    }
  }
}

/** How a row's memory did; null where it was not looked at. */
export function judgeMemory(row: Row): Verdict | null {
  const { peakMemoryMiB } = row.series[0];
  if (peakMemoryMiB === null) return null;
  return { outcome: outcomeAtMost(peakMemoryMiB, memoryTargetMiB), text: `at most ${memoryTargetMiB} MiB` };
}

function outcomeAtLeast(value: number, bound: number): Verdict["outcome"] {
  if (value >= bound) return "met";
  return value >= bound * (1 - tolerance) ? "missed" : "failed";
}

function outcomeAtMost(value: number, bound: number): Verdict["outcome"] {
  if (value <= bound) return "met";
  return value <= bound * (1 + tolerance) ? "missed" : "failed";
}
