import { delay } from "../support/fault-waiting.ts";

/** Requests under way at most; one that would be the next is counted and left out. */
const mostUnderWay = 4000;

/** How many arrivals an open loop has had. */
export interface ArrivalCounts {
  readonly arrivals: number;
  /** Left out because far too many were under way: a server that does not keep up at all. */
  readonly leftOut: number;
}

/**
 * Begins requests on a fixed schedule, whatever becomes of those before, until the time is over or `isOver` says so, and
 * waits for the last of them. `act` gets the moment at which its request was due (`performance.now()`), from which its
 * time counts: a server that stalls is not measured kindly. `act` must not throw; the first that does ends the loop.
 */
export async function runOpenLoop(plan: {
  readonly perSecond: number;
  readonly seconds: number;
  readonly act: (dueMs: number) => Promise<void>;
  readonly isOver?: () => boolean;
}): Promise<ArrivalCounts> {
  const beganAtMs = performance.now();
  const arrivals = Math.floor(plan.perSecond * plan.seconds);
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let leftOut = 0;
  let next = 0;
  while (next < arrivals && failures.length === 0 && plan.isOver?.() !== true) {
    const dueMs = beganAtMs + (next * 1000) / plan.perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) {
      await delay(Math.ceil(waitMs));
      continue;
    }
    next += 1;
    if (underWay.size >= mostUnderWay) {
      leftOut += 1;
      continue;
    }
    const running: Promise<void> = plan
      .act(dueMs)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => underWay.delete(running));
    underWay.add(running);
  }
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return { arrivals: next, leftOut };
}
