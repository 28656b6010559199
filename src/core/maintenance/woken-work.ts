/** Work that is done in passes: one whenever it was woken, and one after a while when something was left. */
export interface WokenWork {
  /** There may be something to do. Returns at once. */
  wake(): void;
  /** Returns when no pass runs or is due but a retry. */
  idle(): Promise<void>;
  /** Begins no further pass and waits for the end of the running one. */
  stop(): Promise<void>;
}

/** Never runs two passes at a time. A pass that fails is told to `onFailure` and tried again after `retryMs`. */
export function createWokenWork(parts: {
  /** One pass; `left_over` when something has to be tried again. `isRetry` when it was begun for that reason. */
  readonly pass: (isRetry: boolean) => Promise<"done" | "left_over">;
  readonly retryMs: number;
  readonly onFailure: (cause: unknown) => void;
}): WokenWork {
  let due: "woken" | "retry" | null = null;
  let retry: ReturnType<typeof setTimeout> | null = null;
  let running: Promise<void> | null = null;
  let isStopped = false;

  const retryLater = (): void => {
    if (isStopped) return;
    retry ??= setTimeout(() => {
      retry = null;
      begin("retry");
    }, parts.retryMs).unref();
  };
  const runPasses = async (): Promise<void> => {
    while (due !== null && !isStopped) {
      const isRetry = due === "retry";
      due = null;
      try {
        if ((await parts.pass(isRetry)) === "left_over") retryLater();
      } catch (cause) {
        parts.onFailure(cause);
        retryLater();
      }
    }
    running = null;
  };
  const begin = (reason: "woken" | "retry"): void => {
    if (isStopped) return;
    if (due !== "retry") due = reason;
    running ??= Promise.resolve().then(runPasses);
  };
  return {
    wake: () => begin("woken"),
    idle: async () => {
      while (running !== null) await running;
    },
    stop: async () => {
      isStopped = true;
      if (retry !== null) clearTimeout(retry);
      await running;
    },
  };
}
