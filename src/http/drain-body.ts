type DrainBounds = {
  maxBytes: number;
  timeoutMs: number;
  /** So long without a byte means that the client waits for its answer. */
  idleMs: number;
};

/**
 * Reads a request body and throws it away, so that a client which sends everything before it reads
 * gets to see an early answer instead of a broken connection. Never throws.
 *
 * - `ended`: all of it was read, or there was nothing for us to read: no body, or one that somebody
 *   else holds or has used.
 * - `bound_reached`: more than `maxBytes` came, it took longer than `timeoutMs` milliseconds, or nothing came for
 *   `idleMs`; the rest was cancelled.
 * - `broken`: the body failed, as it does when the client goes away.
 */
export async function drainBody(
  body: ReadableStream<Uint8Array> | null,
  bounds: DrainBounds,
): Promise<'ended' | 'bound_reached' | 'broken'> {
  const reader = openReader(body);
  if (reader === null) return 'ended';

  const { promise: timeout, resolve: onTimeout } = Promise.withResolvers<'timeout'>();
  const timer = setTimeout(() => onTimeout('timeout'), bounds.timeoutMs);
  let idleTimer = setTimeout(() => onTimeout('timeout'), bounds.idleMs);
  try {
    let receivedBytes = 0;
    while (receivedBytes <= bounds.maxBytes) {
      const next = await Promise.race([reader.read(), timeout]);
      if (next === 'timeout') break;
      if (next.done) return 'ended';
      receivedBytes += next.value.byteLength;
      clearTimeout(idleTimer);
      idleTimer = setTimeout(() => onTimeout('timeout'), bounds.idleMs);
    }
    // Not awaited: a source that hangs may hang in its cancel as well.
    reader.cancel().catch(() => {});
    return 'bound_reached';
  } catch {
    return 'broken';
  } finally {
    clearTimeout(timer);
    clearTimeout(idleTimer);
  }
}

function openReader(body: ReadableStream<Uint8Array> | null) {
  try {
    return body?.getReader() ?? null;
  } catch {
    return null;
  }
}
