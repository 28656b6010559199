import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatedProcess, GateRule, SeenCall } from "./fault-gate.ts";
import type { Violation } from "./fault-journal.ts";
import type { Random } from "./fault-random.ts";
import { delay, inParallel, until } from "./fault-waiting.ts";

const runsAtOnce = 3;
/** Nothing is called for so long: what was done in the background is over, too. */
const quietMs = 150;
const endTimeoutMs = 30_000;
/** Of many equal calls in a row, how many between the first and the last are tried. */
const drawnOfRun = 1;
/** Threads get in each other's way: where a step that was never the last one is looked for again, beside where it was. */
const offsets = [0, 1, -1, 2, -2, 3, -3, 0, 1, -1] as const;

/** One thing that a process does, of which every step is to be its last one in some run. */
export interface Ordeal<Running extends GatedProcess, Outcome> {
  /** For the line that tells what was done. */
  readonly name: string;
  readonly random: Random;
  /** A data folder; each run has a copy. */
  readonly template: string;
  /** Whether the start of the process is a part of the thing, or what `act` makes it do alone. */
  readonly begins: "at its start" | "with the act";
  /** Steps that leave nothing behind, and do not count. */
  readonly passedOver?: RegExp;
  /** Starts the process on a copy of the template; the rules hold from its first call on. */
  start(dataDirectory: string, rules: readonly GateRule[]): Promise<Running>;
  /** Does the thing; returns when it is done, or the process is gone. */
  act(running: Running): Promise<Outcome>;
  /** Starts again and compares what is there with what was answered. */
  judge(dataDirectory: string, outcome: Outcome): Promise<readonly Violation[]>;
}

export interface OrdealReport {
  /** Every step in order; equal calls in a row are one. */
  readonly steps: readonly string[];
  /** Steps that were the last one in no run. */
  readonly missed: readonly string[];
  readonly runs: number;
  readonly violations: readonly Violation[];
}

/**
 * Lets the thing happen once to learn its steps, then again and again, each time with SIGKILL in place of another call,
 * until every step was the last one that was carried out in some run. Prints its counts.
 */
export async function killAtEachStep<Running extends GatedProcess, Outcome>(ordeal: Ordeal<Running, Outcome>): Promise<OrdealReport> {
  const violations: Violation[] = [];
  const ended = new Set<string>();
  let runs = 0;
  const counted = (calls: readonly SeenCall[]): Step[] => stepsOf(calls).filter(({ name }) => ordeal.passedOver?.test(name) !== true);
  const run = async (killAt: number | null): Promise<readonly SeenCall[]> => {
    runs += 1;
    const { calls, found } = await runOnce(ordeal, killAt);
    const last = counted(calls).at(-1)?.name ?? "nothing";
    ended.add(last);
    for (const { kind, detail } of found) violations.push({ kind, detail: `killed after ${last}: ${detail}` });
    return calls;
  };
  const beganAtMs = performance.now();
  const steps = counted(await run(null));
  const missed = (): Step[] => steps.filter(({ name }) => !ended.has(name));
  await inParallel(runsAtOnce, [0, ...steps.flatMap((step) => positionsIn(step, ordeal.random))], async (position) => void (await run(position + 1)));
  for (const offset of offsets)
    await inParallel(runsAtOnce, missed(), async ({ last }) => void (await run(Math.max(1, last + 1 + offset))));
  const names = steps.map(({ name }) => name);
  const seconds = Math.round((performance.now() - beganAtMs) / 1000);
  console.log(JSON.stringify({ killedAtEachStepOf: ordeal.name, steps: names.length, runs, violations: violations.length, seconds, names }));
  return { steps: names, missed: missed().map(({ name }) => name), runs, violations };
}

interface Step {
  readonly name: string;
  /** Numbers of the first and the last of its calls, from 1 on. */
  readonly first: number;
  readonly last: number;
}

function stepsOf(calls: readonly SeenCall[]): Step[] {
  const steps: { name: string; step: string; first: number; last: number }[] = [];
  const times = new Map<string, number>();
  for (const [index, { step, became }] of calls.entries()) {
    if (became === "kill") break;
    const current = steps.at(-1);
    if (current?.step === step) current.last = index + 1;
    else {
      const time = (times.get(step) ?? 0) + 1;
      times.set(step, time);
      steps.push({ name: time === 1 ? step : `${step} (${time})`, step, first: index + 1, last: index + 1 });
    }
  }
  return steps;
}

/** The calls of a step that are to be the last one. */
function positionsIn({ first, last }: Step, random: Random): number[] {
  const positions = new Set([first, last]);
  for (let drawn = 0; drawn < drawnOfRun && last - first > 1; drawn += 1) positions.add(random.whole(first + 1, last));
  return [...positions];
}

async function runOnce<Running extends GatedProcess, Outcome>(ordeal: Ordeal<Running, Outcome>, killAt: number | null) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "stowage-steps-")));
  try {
    const dataDirectory = join(folder, "data");
    cpSync(ordeal.template, dataDirectory, { recursive: true });
    const rules: GateRule[] = killAt === null ? [] : [{ from: killAt, to: killAt, action: "kill", expression: "." }];
    const { calls, outcome } = await actUnderGate(ordeal, dataDirectory, rules);
    return { calls, found: await ordeal.judge(dataDirectory, outcome) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function actUnderGate<Running extends GatedProcess, Outcome>(
  ordeal: Ordeal<Running, Outcome>,
  dataDirectory: string,
  rules: readonly GateRule[],
) {
  const isStartCounted = ordeal.begins === "at its start";
  await using running = await ordeal.start(dataDirectory, isStartCounted ? rules : []);
  let isGone = false;
  void running.exitCode(endTimeoutMs).then(
    () => (isGone = true),
    () => undefined,
  );
  if (!isStartCounted) await untilQuiet(running, () => isGone);
  const from = isStartCounted ? 0 : running.calls().length;
  if (!isStartCounted) running.setRules(rules);
  const outcome = await ordeal.act(running);
  await untilQuiet(running, () => isGone);
  return { calls: running.calls().slice(from), outcome };
}

/** Until the process is gone or has done all it does by itself. */
async function untilQuiet(running: GatedProcess, isGone: () => boolean): Promise<void> {
  let seen = -1;
  for (;;) {
    const calls = running.calls();
    if (calls.at(-1)?.became === "kill")
      return void (await until(endTimeoutMs, "the end of a killed process", () => ({ isSo: isGone(), seen: "it runs" })));
    if (isGone() || calls.length === seen) return;
    seen = calls.length;
    await delay(quietMs);
  }
}
