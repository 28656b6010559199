import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { TreeStore } from "../ports/tree-store.ts";
import { createWokenWork, type WokenWork } from "./woken-work.ts";

/** Revisions removed by one command: publishers wait for no more than that. */
const stepSize = 1000;
const retryMs = 60_000;

/**
 * Removes what deleted projects held, a step at a time. The records are the queue: what a crash leaves is found by the next
 * pass.
 */
export function createDeletedProjects(parts: {
  readonly tree: TreeStore;
  readonly clock: Clock;
  readonly events: EventSink;
}): WokenWork {
  const { tree, clock, events } = parts;
  let isStopped = false;
  const work = createWokenWork({
    pass: async () => {
      while (!isStopped) if ((await tree.clearDeleted(stepSize, clock.nowMs())) === "done") return "done";
      return "left_over";
    },
    retryMs,
    onFailure: (cause) => events.record({ kind: "background_failure", task: "removal of deleted projects", cause }),
  });
  return {
    ...work,
    stop: async () => {
      isStopped = true;
      await work.stop();
    },
  };
}
