import type { ReadableStreamDefaultReader } from 'node:stream/web';

/** The messages Go's net/http gives, which Forgejo hands on to its clients. */
type MultipartProblem =
  | 'no multipart boundary param in Content-Type'
  | 'http: no such file'
  | 'multipart: NextPart: EOF';

/** A form that cannot be read; `message` is fit for the client. */
export class MultipartError extends Error {
  override readonly name = 'MultipartError';
  constructor(problem: MultipartProblem) {
    super(problem);
  }
}

/** Where the next delimiter stands; content before `contentEnd` is sure not to belong to one. */
type Found = { kind: 'undecided' | 'part' | 'end'; contentEnd: number; next: number };

const maxHeaderBytes = 16 * 1024;
const maxPaddingBytes = 1024;
const lineBreak = Buffer.from('\r\n');
const blankLine = Buffer.from('\r\n\r\n');

/**
 * Reads a multipart/form-data body (RFC 7578, framing by RFC 2046 section 5.1.1) and yields the
 * bytes of the first part whose Content-Disposition has a filename, as they arrive. Parts before
 * it are skipped; parts and epilogue after it are read to the end and dropped. Nothing is held but
 * one chunk, a delimiter, and at most 16 KiB of part headers; a bound on the whole is the caller's
 * to set on `body`.
 *
 * While it is read, throws `MultipartError`: no multipart/form-data or no usable boundary (1 to 70
 * characters); no file in the form; or a body that ends before its closing delimiter or has larger
 * part headers. That may be after the last byte of the file, so the file counts only once the
 * iteration has ended. What `body` throws comes through. However reading ends, `body` is unlocked
 * afterwards, and the rest of it may be drained.
 */
export async function* openFirstFilePart(
  body: ReadableStream<Uint8Array>,
  contentType: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const boundary = boundaryOf(contentType);
  if (boundary === null) throw new MultipartError('no multipart boundary param in Content-Type');
  const reader = body.getReader();
  try {
    const form = createFormReader(reader, Buffer.from(`\r\n--${boundary}`));
    let foundFile = false;
    let hasPart = await skip(form.content());
    while (hasPart) {
      const isFile: boolean = !foundFile && hasFileName(await form.partHeaders());
      foundFile ||= isFile;
      hasPart = isFile ? yield* form.content() : await skip(form.content());
    }
    if (!foundFile) throw new MultipartError('http: no such file');
    while (!(await reader.read()).done);
  } finally {
    reader.releaseLock();
  }
}

/** Runs a generator to its end for what it returns. */
async function skip<Result>(content: AsyncGenerator<Uint8Array, Result>): Promise<Result> {
  let next = await content.next();
  while (next.done !== true) next = await content.next();
  return next.value;
}

/**
 * Reads the framing. `content` yields what stands before the next delimiter and returns whether a
 * part follows it; `partHeaders` reads the header block of that part.
 */
function createFormReader(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  delimiter: Buffer,
) {
  // A delimiter starts with a line break. The one that ends a header block counts as that of a
  // delimiter right behind it, so it stays in front and `content` does not yield it.
  let held: Buffer = lineBreak;

  async function pull(): Promise<void> {
    const next = await reader.read();
    if (next.done) throw new MultipartError('multipart: NextPart: EOF');
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    held = held.byteLength === 0 ? chunk : Buffer.concat([held, chunk]);
  }

  async function* content(): AsyncGenerator<Uint8Array, boolean> {
    let leadBytes = lineBreak.byteLength;
    for (;;) {
      const found = findDelimiter(held, delimiter);
      const dropped = Math.min(leadBytes, found.contentEnd);
      leadBytes -= dropped;
      const bytes = held.subarray(dropped, found.contentEnd);
      held = held.subarray(found.next);
      if (bytes.byteLength > 0) yield bytes;
      if (found.kind !== 'undecided') return found.kind === 'part';
      await pull();
    }
  }

  async function partHeaders(): Promise<string> {
    for (;;) {
      const end = held.indexOf(blankLine);
      if (end > maxHeaderBytes || (end === -1 && held.byteLength - 3 > maxHeaderBytes)) {
        throw new MultipartError('multipart: NextPart: EOF');
      }
      if (end !== -1) {
        const text = held.toString('utf8', 0, end);
        held = held.subarray(end + lineBreak.byteLength);
        return text;
      }
      await pull();
    }
  }

  return { content, partHeaders };
}

function findDelimiter(bytes: Buffer, delimiter: Buffer): Found {
  for (let from = 0; ; ) {
    const at = bytes.indexOf(delimiter, from);
    if (at === -1) {
      const safeEnd = bytes.byteLength - openingBytes(bytes, delimiter);
      return { kind: 'undecided', contentEnd: safeEnd, next: safeEnd };
    }
    const tail = readTail(bytes, at + delimiter.byteLength);
    if (tail.kind === 'undecided') return { kind: 'undecided', contentEnd: at, next: at };
    if (tail.kind !== 'content') return { kind: tail.kind, contentEnd: at, next: tail.next };
    from = at + 1;
  }
}

/** What follows a boundary: `--` closes, padding and a line break (left unread) open a part. */
function readTail(bytes: Buffer, at: number): { kind: Found['kind'] | 'content'; next: number } {
  const [dash, cr, lf] = [0x2d, 0x0d, 0x0a];
  if (bytes[at] === dash) {
    if (at + 1 >= bytes.byteLength) return { kind: 'undecided', next: at };
    return bytes[at + 1] === dash ? { kind: 'end', next: at + 2 } : { kind: 'content', next: at };
  }
  let next = at;
  while (bytes[next] === 0x20 || bytes[next] === 0x09) next++;
  if (next - at > maxPaddingBytes) return { kind: 'content', next: at };
  if (next >= bytes.byteLength) return { kind: 'undecided', next: at };
  if (bytes[next] !== cr) return { kind: 'content', next: at };
  if (next + 1 >= bytes.byteLength) return { kind: 'undecided', next: at };
  return bytes[next + 1] === lf ? { kind: 'part', next } : { kind: 'content', next: at };
}

/** How many bytes at the end of `bytes` may be the beginning of a delimiter. */
function openingBytes(bytes: Buffer, delimiter: Buffer): number {
  const windowStart = Math.max(0, bytes.byteLength - delimiter.byteLength + 1);
  let at = bytes.indexOf(0x0d, windowStart);
  while (at !== -1) {
    const rest = bytes.subarray(at);
    if (rest.equals(delimiter.subarray(0, rest.byteLength))) return rest.byteLength;
    at = bytes.indexOf(0x0d, at + 1);
  }
  return 0;
}

function boundaryOf(contentType: string): string | null {
  if (!/^[ \t]*multipart\/form-data[ \t]*(?:;|$)/i.test(contentType)) return null;
  const boundary = parametersOf(contentType).get('boundary') ?? '';
  return /^[\x20-\x7e]{0,69}[\x21-\x7e]$/.test(boundary) ? boundary : null;
}

/** RFC 7578 section 4.2; `filename*` is not for forms, but clients send it and Go takes it. */
function hasFileName(headers: string): boolean {
  const unfolded = headers.replace(/\r\n[ \t]+/g, ' ');
  const value = /(?:^|\r\n)content-disposition[ \t]*:([^\r\n]*)/i.exec(unfolded)?.[1] ?? '';
  const parameters = parametersOf(value);
  return parameters.has('filename') || parameters.has('filename*');
}

/** The `; name=value` and `; name="value"` after the first word; the first of a name counts. */
function parametersOf(value: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const parameter = /[ \t]*;[ \t]*(?:([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*)))?/y;
  const start = value.indexOf(';');
  parameter.lastIndex = start === -1 ? value.length : start;
  for (let found = parameter.exec(value); found !== null; found = parameter.exec(value)) {
    const name = found[1]?.toLowerCase();
    if (name === undefined || parameters.has(name)) continue;
    parameters.set(name, found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '');
  }
  return parameters;
}
