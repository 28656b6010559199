/** The result, or an error that names what did not come in time. */
export async function within<Result>(timeoutMs: number, what: string, result: Promise<Result>): Promise<Result> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} did not come within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

interface Seen {
  readonly isSo: boolean;
  readonly seen: string;
}

/** Looks again and again until it is so; throws with what it last was when the time is over. Gives the milliseconds waited. */
export async function until(
  timeoutMs: number,
  what: string,
  look: () => Seen | Promise<Seen>,
): Promise<number> {
  const beganAtMs = performance.now();
  for (;;) {
    const { isSo, seen } = await look();
    const waitedMs = performance.now() - beganAtMs;
    if (isSo) return waitedMs;
    if (waitedMs > timeoutMs) throw new Error(`${what}: not so after ${timeoutMs} ms (${seen})`);
    await delay(2);
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Runs the action on every item, so many at a time; the first failure ends it. */
export async function inParallel<Item>(
  count: number,
  items: readonly Item[],
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await action(item);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
