import type { EventSink } from "../ports/event-sink.ts";
import type { MetadataStore } from "../ports/metadata-store.ts";

/**
 * What is known of the records: `unchecked` where nobody looked, because the last stop was an orderly one, `unknown` where
 * they could not be looked at.
 */
export type RecordsState = "unchecked" | "checking" | "sound" | "damaged" | "unknown";

/** Looks through the records after a stop that was not an orderly one, while the server serves. */
export interface RecordsCheck {
  state(): RecordsState;
  /** Begins the check, in the background, where one is needed; whether it is. */
  begin(): boolean;
  /** Gives the check up; the next start looks again. */
  stop(): Promise<void>;
}

export function createRecordsCheck(parts: {
  readonly metadata: Pick<MetadataStore, "needsCheck" | "checkQuickly">;
  readonly events: EventSink;
}): RecordsCheck {
  const { metadata, events } = parts;
  const abort = new AbortController();
  let state: RecordsState = "unchecked";
  let running: Promise<void> = Promise.resolve();
  const check = async (): Promise<void> => {
    try {
      const problems = await metadata.checkQuickly(abort.signal);
      state = problems.length === 0 ? "sound" : "damaged";
      events.record({ kind: "records_checked", problems });
    } catch (cause) {
      state = "unknown";
      if (!abort.signal.aborted) events.record({ kind: "background_failure", task: "the check of the records", cause });
    }
  };
  return {
    state: () => state,
    begin: () => {
      if (!metadata.needsCheck()) return false;
      state = "checking";
      running = check();
      return true;
    },
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}
