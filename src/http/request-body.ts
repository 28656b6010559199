/** A request's body, read at most once, with a count of what arrived. */
export interface CountedBody extends AsyncIterable<Uint8Array> {
  /** Bytes that were read so far. */
  receivedBytes(): number;
  /**
   * The body for a reader that is done with each piece when it asks for the next one: the memory of a piece is given back
   * then, at once. With many large bodies at a time, what waits to be collected would be most of the process's memory.
   */
  passing(): AsyncIterable<Uint8Array>;
}

const noBody: CountedBody = {
  receivedBytes: () => 0,
  [Symbol.asyncIterator]: async function* () {},
  passing: () => noBody,
};

/** The memory of smaller pieces is left to the collector. */
const freedBytes = 16 * 1024;

/**
 * The body of a request. A reader that stops half-way leaves the rest unread instead of cancelling it (which would break
 * the connection before the client has seen the answer), so that it can be drained. `onEnd` is called at its end.
 */
export function countedBody(request: Request, onEnd: () => void): CountedBody {
  const source = request.body;
  if (source === null) return noBody;
  let received = 0;
  const counted = async function* (isPassing: boolean): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = source.getReader();
    try {
      for (;;) {
        const next = await reader.read();
        if (next.done) return onEnd();
        received += next.value.byteLength;
        yield next.value;
        if (isPassing) giveBack(next.value);
      }
    } finally {
      reader.releaseLock();
    }
  };
  return {
    receivedBytes: () => received,
    [Symbol.asyncIterator]: () => counted(false),
    passing: () => ({ [Symbol.asyncIterator]: () => counted(true) }),
  };
}

/** Leaves the piece empty. One that is a part of something larger is let alone. */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= freedBytes && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
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
