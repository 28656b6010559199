/** A request's body, read at most once, with a count of what arrived. */
export interface CountedBody extends AsyncIterable<Uint8Array> {
  /** Bytes that were read so far. */
  receivedBytes(): number;
}

const noBody: CountedBody = {
  receivedBytes: () => 0,
  [Symbol.asyncIterator]: async function* () {},
};

/**
 * The body of a request. A reader that stops half-way leaves the rest unread instead of cancelling it (which would break
 * the connection before the client has seen the answer), so that it can be drained. `onEnd` is called at its end.
 */
export function countedBody(request: Request, onEnd: () => void): CountedBody {
  const source = request.body;
  if (source === null) return noBody;
  let received = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = source.getReader();
    try {
      for (;;) {
        const next = await reader.read();
        if (next.done) return onEnd();
        received += next.value.byteLength;
        yield next.value;
      }
    } finally {
      reader.releaseLock();
    }
  };
  return {
    receivedBytes: () => received,
    [Symbol.asyncIterator]: counted,
  };
}

/**
 * A stream of what a generator yields, one step for each read and none ahead, so that cancelling it ends the generator
 * at once.
 */
export function streamOf(content: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const next = await content.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: async () => {
        await content.return();
      },
    },
    { highWaterMark: 0 },
  );
}
