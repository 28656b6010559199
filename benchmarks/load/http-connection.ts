/** A body that is sent as the same bytes again and again, so that sending costs its maker nothing. */
export interface RepeatedBody {
  readonly piece: Uint8Array;
  readonly sizeBytes: number;
}

/** One keep-alive connection with at most one request under way. */
export interface HttpConnection {
  /** Sends a head with whatever of the body it holds, then the rest. `hasAnswerBody` is false for HEAD. */
  send(start: Uint8Array, rest?: RepeatedBody, hasAnswerBody?: boolean): void;
  close(): void;
}

export interface ConnectionEvents {
  /** An answer was received to its end. */
  onAnswer(status: number): void;
  /** The connection ended or broke; nothing comes after it. */
  onEnd(reason: string): void;
}

/** Connects to 127.0.0.1. Reads as little as an answer's end needs: its status, its length. */
export async function openConnection(port: number, events: ConnectionEvents): Promise<HttpConnection> {
  const reader = createAnswerReader(events.onAnswer);
  let unsent: Uint8Array = new Uint8Array(0);
  let rest: RepeatedBody | null = null;
  let restSent = 0;
  const push = (): void => {
    if (unsent.byteLength > 0) {
      unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
      if (unsent.byteLength > 0) return;
    }
    while (rest !== null && restSent < rest.sizeBytes) {
      const from = restSent % rest.piece.byteLength;
      const part = rest.piece.subarray(from, from + Math.min(rest.piece.byteLength - from, rest.sizeBytes - restSent));
      const written = socket.write(part);
      restSent += Math.max(0, written);
      if (written < part.byteLength) return;
    }
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data: (_socket, chunk) => reader.take(chunk),
      drain: push,
      close: () => events.onEnd("closed"),
      error: (_socket, error) => events.onEnd(error.message),
    },
  });
  socket.setNoDelay(true);
  return {
    send: (start, body, hasAnswerBody = true) => {
      reader.expect(hasAnswerBody);
      unsent = start;
      rest = body ?? null;
      restSent = 0;
      push();
    },
    close: () => void socket.end(),
  };
}

/** Follows answers on one connection. Chunked bodies are followed to the usual last chunk. */
export function createAnswerReader(onAnswer: (status: number) => void) {
  let head = "";
  let status = 0;
  let missingBytes = 0;
  let isChunked = false;
  let hasBody = true;
  const end = (): void => {
    const ended = status;
    status = 0;
    head = "";
    onAnswer(ended);
  };
  const readHead = (chunk: Buffer): void => {
    // Only the head is made into text: a body that came along with it may be large.
    const endInChunk = chunk.indexOf("\r\n\r\n");
    const isWhole = head === "" && endInChunk !== -1;
    head += chunk.toString("latin1", 0, isWhole ? endInChunk + 4 : chunk.byteLength);
    const headEnd = head.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const bodyBytes = isWhole ? chunk.byteLength - endInChunk - 4 : head.length - headEnd - 4;
    status = Number(head.slice(9, 12));
    if (!hasBody || status === 204 || status === 304) return end();
    const length = /\ncontent-length: *(\d+)/i.exec(head.slice(0, headEnd))?.[1];
    isChunked = length === undefined;
    missingBytes = Number(length ?? 0) - bodyBytes;
    if (isChunked ? endsChunks(chunk) : missingBytes <= 0) end();
  };
  return {
    /** Says whether the next answer has a body. */
    expect: (withBody: boolean): void => {
      hasBody = withBody;
    },
    take: (chunk: Buffer): void => {
      if (status === 0) return readHead(chunk);
      if (isChunked) {
        if (endsChunks(chunk)) end();
        return;
      }
      missingBytes -= chunk.byteLength;
      if (missingBytes <= 0) end();
    },
  };
}

function endsChunks(chunk: Buffer): boolean {
  return chunk.byteLength >= 5 && chunk.toString("latin1", chunk.byteLength - 5) === "0\r\n\r\n";
}
