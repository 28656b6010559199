import { connect, type Socket } from "node:net";

/** How a transfer over one raw connection ended. */
export interface Transfer {
  /** Of the first final answer; null when the connection ended without one. */
  readonly status: number | null;
  readonly head: string;
  /** Of the body, as received. */
  readonly bodyBytes: number;
  /** From the beginning until the first byte of the answer; null when there was none. */
  readonly firstByteMs: number | null;
  readonly totalMs: number;
  /** What the system said of the connection; null when it said nothing. */
  readonly error: string | null;
}

interface Request {
  readonly url: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent one after the other, never more than the connection takes; `sizeBytes` is announced. */
  readonly body?: { readonly sizeBytes: number; readonly chunks: Iterable<Uint8Array> };
  /** What arrives of the answer's body; while it runs nothing more is read. */
  readonly onData?: (chunk: Buffer) => void;
  /** A connection on which nothing moves for so long is given up. */
  readonly idleMs: number;
}

/**
 * One request on a connection of its own, in memory that does not grow with what is sent and received: the runtime's own
 * fetch holds bodies back without a bound. Never throws for what the server does; what `chunks` throws breaks the
 * connection off and is thrown on.
 */
export async function transfer(request: Request): Promise<Transfer> {
  const beganAtMs = performance.now();
  const { hostname, port } = new URL(request.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.setNoDelay(true);
  socket.setTimeout(request.idleMs, () => socket.destroy());
  const reading = readAnswer(socket, request.onData ?? (() => undefined));
  const headers = { host: `${hostname}:${port}`, connection: "close", ...request.headers, ...(request.body === undefined ? {} : { "content-length": String(request.body.sizeBytes) }) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(`${request.method} ${request.path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  try {
    if (request.body !== undefined) await send(socket, request.body.chunks, reading);
  } catch (error) {
    socket.resetAndDestroy();
    throw error;
  }
  const { firstByteAtMs, ...answer } = await reading;
  return { ...answer, firstByteMs: firstByteAtMs === null ? null : firstByteAtMs - beganAtMs, totalMs: performance.now() - beganAtMs };
}

/** Ends early when the answer has come or the connection is gone. */
async function send(socket: Socket, chunks: Iterable<Uint8Array>, answered: Promise<unknown>): Promise<void> {
  let isOver = false;
  void answered.then(() => (isOver = true));
  for (const chunk of chunks) {
    if (isOver) return;
    if (socket.write(chunk)) continue;
    await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), answered]);
  }
}

interface Answer {
  readonly status: number | null;
  readonly head: string;
  readonly bodyBytes: number;
  readonly firstByteAtMs: number | null;
  readonly error: string | null;
}

function readAnswer(socket: Socket, onData: (chunk: Buffer) => void): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  let received = Buffer.alloc(0);
  let head = "";
  let status: number | null = null;
  let length: number | null = null;
  let bodyBytes = 0;
  let firstByteAtMs: number | null = null;
  let error: string | null = null;
  const finish = (): void => {
    resolve({ status, head, bodyBytes, firstByteAtMs, error });
    socket.destroy();
  };
  const take = (chunk: Buffer): void => {
    bodyBytes += chunk.byteLength;
    if (chunk.byteLength > 0) onData(chunk);
    if (length !== null && bodyBytes >= length) finish();
  };
  socket.on("data", (chunk: Buffer) => {
    firstByteAtMs ??= performance.now();
    if (status !== null) return take(chunk);
    received = Buffer.concat([received, chunk]);
    for (let end = received.indexOf("\r\n\r\n"); end >= 0 && status === null; end = received.indexOf("\r\n\r\n")) {
      head = received.subarray(0, end).toString("latin1");
      received = received.subarray(end + 4);
      const found = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      if (found < 200 && found !== 0) continue;
      status = found;
      const announced = /^content-length: *(\d+)/im.exec(head)?.[1];
      length = announced === undefined ? null : Number(announced);
    }
    if (status !== null) take(received);
  });
  socket.on("error", ({ message }: Error) => {
    error = message;
    finish();
  });
  for (const event of ["end", "close"]) socket.on(event, finish);
  return promise;
}
