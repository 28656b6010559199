/** The framing of a form does not hold: it ends before its closing delimiter, or a part has too large headers. */
export class BrokenFormError extends Error {
  override readonly name = "BrokenFormError";
  constructor() {
    super("the form ends early or a part of it has too large headers");
  }
}

/** Reads the framing of one form, part by part. */
export interface FormReader {
  /**
   * Yields what stands before the next delimiter, as it arrives, and returns whether a part follows it. What comes first
   * is the preamble: to be read like a part without headers.
   */
  content(): AsyncGenerator<Uint8Array, boolean>;
  /** The header block of the part that follows, at most 16 KiB. */
  partHeaders(): Promise<string>;
  /** How many bytes were pulled and not read yet; in front of a part's content that includes `leadBytes` of line break. */
  unreadBytes(): number;
}

/** Where the next delimiter stands; content before `contentEnd` is sure not to belong to one. */
interface Delimiter {
  readonly kind: "undecided" | "part" | "end";
  readonly contentEnd: number;
  readonly next: number;
}

const maxHeaderBytes = 16 * 1024;
const maxPaddingBytes = 1024;
const lineBreak = Buffer.from("\r\n");
const blankLine = Buffer.from("\r\n\r\n");

/** How many bytes of line break stand between a part's headers and its content. */
export const leadBytes = lineBreak.byteLength;

/**
 * Reads the framing of multipart bodies (RFC 2046 section 5.1.1), holding one chunk, a delimiter, and the headers of a
 * part. `pull` gives the next chunk of the body, null at its end. Throws `BrokenFormError`, and what `pull` throws.
 */
export function createFormReader(pull: () => Promise<Uint8Array | null>, boundary: string): FormReader {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // A delimiter starts with a line break. The one that ends a header block counts as that of a delimiter right behind
  // it, so it stays in front and `content` does not yield it. In front of the body stands one that was never sent.
  let held: Buffer = lineBreak;

  async function pullMore(): Promise<void> {
    const next = await pull();
    if (next === null) throw new BrokenFormError();
    const chunk = Buffer.from(next.buffer, next.byteOffset, next.byteLength);
    held = held.byteLength === 0 ? chunk : Buffer.concat([held, chunk]);
  }

  async function* content(): AsyncGenerator<Uint8Array, boolean> {
    let lead = leadBytes;
    for (;;) {
      const found = findDelimiter(held, delimiter);
      const dropped = Math.min(lead, found.contentEnd);
      lead -= dropped;
      const bytes = held.subarray(dropped, found.contentEnd);
      held = held.subarray(found.next);
      if (bytes.byteLength > 0) yield bytes;
      if (found.kind !== "undecided") return found.kind === "part";
      await pullMore();
    }
  }

  async function partHeaders(): Promise<string> {
    for (;;) {
      const end = held.indexOf(blankLine);
      if (end > maxHeaderBytes || (end === -1 && held.byteLength - 3 > maxHeaderBytes)) throw new BrokenFormError();
      if (end !== -1) {
        const text = held.toString("utf8", 0, end);
        held = held.subarray(end + lineBreak.byteLength);
        return text;
      }
      await pullMore();
    }
  }

  return { content, partHeaders, unreadBytes: () => held.byteLength };
}

function findDelimiter(bytes: Buffer, delimiter: Buffer): Delimiter {
  for (let from = 0; ; ) {
    const at = bytes.indexOf(delimiter, from);
    if (at === -1) {
      const safeEnd = bytes.byteLength - openingBytes(bytes, delimiter);
      return { kind: "undecided", contentEnd: safeEnd, next: safeEnd };
    }
    const tail = readTail(bytes, at + delimiter.byteLength);
    if (tail.kind === "undecided") return { kind: "undecided", contentEnd: at, next: at };
    if (tail.kind !== "content") return { kind: tail.kind, contentEnd: at, next: tail.next };
    from = at + 1;
  }
}

/** What follows a boundary: `--` closes, padding and a line break (left unread) open a part. */
function readTail(bytes: Buffer, at: number): { kind: Delimiter["kind"] | "content"; next: number } {
  const [dash, cr, lf] = [0x2d, 0x0d, 0x0a];
  if (bytes[at] === dash) {
    if (at + 1 >= bytes.byteLength) return { kind: "undecided", next: at };
    return bytes[at + 1] === dash ? { kind: "end", next: at + 2 } : { kind: "content", next: at };
  }
  let next = at;
  while (bytes[next] === 0x20 || bytes[next] === 0x09) next++;
  if (next - at > maxPaddingBytes) return { kind: "content", next: at };
  if (next >= bytes.byteLength) return { kind: "undecided", next: at };
  if (bytes[next] !== cr) return { kind: "content", next: at };
  if (next + 1 >= bytes.byteLength) return { kind: "undecided", next: at };
  return bytes[next + 1] === lf ? { kind: "part", next } : { kind: "content", next: at };
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
