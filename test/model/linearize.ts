import { emptyPackage, step, type Call, type PackageState } from "./package-model.ts";

/** A state that a package may be in, and which of the running calls have taken effect to lead there. */
interface Configuration {
  readonly state: PackageState;
  readonly effective: ReadonlySet<number>;
}

/** A call whose answer no order of the calls explains. */
export interface Unexplained {
  readonly call: Call;
  /** What the package may have held when the call returned, before its answer ruled all of it out. */
  readonly possible: readonly PackageState[];
}

/**
 * Looks for an order of the calls on one package in which each takes effect at one moment between its invocation and its
 * return and every answer is what the model says; null when there is one. Keeps every state that is possible so far
 * instead of searching back and forth. An unanswered call may have taken effect until its end, or never.
 */
export function findUnexplained(calls: readonly Call[]): Unexplained | null {
  const moments = calls
    .flatMap((call) => [{ at: call.invokedAt, call, isReturn: false }, { at: call.returnedAt, call, isReturn: true }])
    .toSorted((one, other) => one.at - other.at);
  const running = new Map<number, Call>();
  let possible: readonly Configuration[] = [{ state: emptyPackage, effective: new Set() }];
  for (const { call, isReturn } of moments) {
    if (!isReturn) {
      running.set(call.id, call);
      continue;
    }
    const reached = [...(call.outcome.kind === "unanswered" ? possible : []), ...reachable(possible, running, call)];
    if (reached.length === 0) return { call, possible: distinct(possible).map(({ state }) => state) };
    running.delete(call.id);
    possible = distinct(reached.map(({ state, effective }) => ({ state, effective: without(effective, call.id) })));
  }
  return null;
}

/** Every configuration in which the call has taken effect, after any of the others that run with it. */
function reachable(from: readonly Configuration[], running: ReadonlyMap<number, Call>, call: Call): readonly Configuration[] {
  const seen = new Map<string, Configuration>();
  const waiting = [...from];
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    const key = keyOf(current);
    if (seen.has(key)) continue;
    seen.set(key, current);
    if (current.effective.has(call.id)) continue;
    for (const other of running.values()) {
      if (current.effective.has(other.id)) continue;
      const state = step(current.state, other);
      if (state !== null) waiting.push({ state, effective: new Set([...current.effective, other.id]) });
    }
  }
  return [...seen.values()].filter(({ effective }) => effective.has(call.id));
}

function distinct(configurations: readonly Configuration[]): readonly Configuration[] {
  return [...new Map(configurations.map((one) => [keyOf(one), one])).values()];
}

function keyOf({ state, effective }: Configuration): string {
  const versions = state.map(({ name, files }) => [name, Object.entries(files).toSorted()]);
  return JSON.stringify([versions, [...effective].toSorted()]);
}

function without(effective: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const rest = new Set(effective);
  rest.delete(id);
  return rest;
}
