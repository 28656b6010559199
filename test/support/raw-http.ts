import { connect } from 'node:net';

/** An answer as it stood on the wire: nothing decoded, nothing followed, nothing normalised. */
export interface RawResponse {
  readonly status: number;
  readonly statusText: string;
  /** Values by lower-case name, one entry for each line of the head. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
  /** The body read as UTF-8. */
  readonly text: string;
}

export interface RawRequestOptions {
  /** How long to wait for a whole answer; 5,000 unless given. */
  readonly timeoutMs?: number;
  /** Close the sending side as soon as the bytes are written, as a client that dies half way does. */
  readonly cut?: boolean;
}

/** What is thrown when the connection ended, or the time ran out, before a whole answer came. */
export class NoAnswerError extends Error {
  /** What had arrived until then. */
  readonly received: string;
  constructor(reason: string, received: string) {
    super(`no whole answer (${reason}); received ${JSON.stringify(received.slice(0, 400))}`);
    this.name = 'NoAnswerError';
    this.received = received;
  }
}

/**
 * Writes the bytes to 127.0.0.1:port as they are and reads the first final answer (1xx answers are passed over).
 * The connection is closed afterwards. Throws NoAnswerError when no whole answer comes.
 */
export async function rawRequest(
  port: number,
  bytes: string | Uint8Array,
  options: RawRequestOptions = {},
): Promise<RawResponse> {
  const { timeoutMs = 5000, cut = false } = options;
  const request = Buffer.from(bytes);
  const withoutBody = request.subarray(0, 5).toString('latin1') === 'HEAD ';
  return await new Promise<RawResponse>((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let received: Buffer = Buffer.alloc(0);
    let settled = false;
    const finish = (act: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    const fail = (reason: string): void =>
      finish(() => reject(new NoAnswerError(reason, received.toString('latin1'))));
    const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
    const look = (ended: boolean): void => {
      const answer = readAnswer(received, { withoutBody, ended });
      if (answer !== null) finish(() => resolve(answer));
    };
    socket.setNoDelay(true);
    socket.on('connect', () => {
      if (cut) socket.end(request);
      else socket.write(request);
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      look(false);
    });
    socket.on('end', () => look(true));
    // A server that answers early and resets: what had arrived by then still counts.
    socket.on('error', (error) => {
      look(true);
      fail(error.message);
    });
    socket.on('close', () => {
      look(true);
      fail('connection closed');
    });
  });
}

function readAnswer(
  received: Buffer,
  { withoutBody, ended }: { withoutBody: boolean; ended: boolean },
): RawResponse | null {
  let rest = received;
  for (;;) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) return null;
    const lines = rest.subarray(0, headEnd).toString('latin1').split('\r\n');
    rest = rest.subarray(headEnd + 4);
    const match = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(lines[0] ?? '');
    if (match === null) return null;
    const status = Number(match[1]);
    if (status < 200) continue;
    const headers = readHeaders(lines.slice(1));
    const bodiless = withoutBody || status === 204 || status === 304;
    const body = bodiless ? Buffer.alloc(0) : readBody(rest, headers, ended);
    if (body === null) return null;
    return { status, statusText: match[2] ?? '', headers, body, text: body.toString('utf8') };
  }
}

function readHeaders(lines: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const values = headers.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    headers.set(name, values);
  }
  return headers;
}

function readBody(
  rest: Buffer,
  headers: ReadonlyMap<string, readonly string[]>,
  ended: boolean,
): Buffer | null {
  if (headers.get('transfer-encoding')?.at(-1)?.toLowerCase() === 'chunked') return readChunks(rest);
  const length = headers.get('content-length')?.[0];
  if (length === undefined) return ended ? rest : null;
  return rest.length < Number(length) ? null : rest.subarray(0, Number(length));
}

function readChunks(rest: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString('latin1'), 16);
    at = lineEnd + 2;
    if (rest.length < at + size + 2) return null;
    if (size === 0) return Buffer.concat(chunks);
    chunks.push(rest.subarray(at, at + size));
    at += size + 2;
  }
}
