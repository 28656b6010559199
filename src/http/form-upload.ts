import { createByteQueue } from "./byte-queue.ts";
import { boundaryOf, dispositionOf } from "./form-headers.ts";
import { BrokenFormError, createFormReader, leadBytes, type FormReader } from "./form-reader.ts";

/** What became of a form, known once its content was read to the end. */
export type FormOutcome =
  /** The content was the file; the fields stood around it. */
  | { readonly kind: "unwrapped"; readonly fields: Readonly<Record<string, string>> }
  /**
   * The body is not such a form. Byte for byte it is `before`, then all that the content yielded, then `rest`: to be
   * read once, on from where the body stands. Reading it, even if not to its end, is what lets go of the body.
   */
  | { readonly kind: "misfit"; readonly before: Uint8Array; readonly rest: AsyncIterable<Uint8Array> };

/** A form that is being unwrapped. */
export interface FormUpload {
  /** The bytes of the file as they arrive, to be read once. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Throws while the content was not read to its end. */
  outcome(): FormOutcome;
  /** Lets go of the body, read to its end or not, so that what is left of it can be drained. */
  release(): Promise<void>;
}

/** What of a form may stand outside its file. */
const maxOutsideBytes = 1024 * 1024;
const maxFieldBytes = 4 * 1024;

/** The body is no form to unwrap, however well it is framed. */
class MisfitError extends Error {
  override readonly name = "MisfitError";
}

/**
 * Unwraps a multipart/form-data body (RFC 7578) that holds one part named `file` and otherwise only fields of these
 * names, in any order: at most 4 KiB of UTF-8 each (the last of a name counts), at most 1 MiB outside the file with
 * headers, preamble and epilogue. Anything else, a form without end included, is a misfit, told as soon as it shows; the
 * caller can still put the original body together. Nothing is held but what is outside the file, one chunk and a
 * delimiter. What the body throws comes through.
 */
export function openFormUpload(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  fieldNames: readonly string[],
): FormUpload {
  const tap = createTap(body[Symbol.asyncIterator]());
  let outcome: FormOutcome | null = null;

  async function* content(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      const fields = yield* unwrap(tap, contentType, fieldNames);
      outcome = { kind: "unwrapped", fields };
    } catch (error) {
      if (!(error instanceof MisfitError || error instanceof BrokenFormError)) throw error;
      outcome = { kind: "misfit", before: tap.before() ?? new Uint8Array(0), rest: tap.rest() };
    } finally {
      if (outcome === null) await tap.letGo();
    }
  }

  return {
    content: content(),
    outcome: () => {
      if (outcome === null) throw new Error("the form was not read to its end");
      return outcome;
    },
    release: tap.letGo,
  };
}

/** Holds what of a body was pulled and is not yielded: what stands before the file, then what follows it. */
interface Tap {
  pull(): Promise<Uint8Array | null>;
  /** What stands before the file; null until the file begins. */
  before(): Uint8Array | null;
  /** The file begins with what is unread. */
  beginFile(unreadBytes: number): void;
  /** That much of the file was yielded. */
  drop(byteCount: number): void;
  /** Throws when too much stands outside the file, not counting what is unread. */
  checkOutside(unreadBytes: number): void;
  /** What is held of what follows the file, and on from there. */
  rest(): AsyncGenerator<Uint8Array, void, undefined>;
  letGo(): Promise<void>;
}

function createTap(source: AsyncIterator<Uint8Array>): Tap {
  const held = createByteQueue();
  let before: Uint8Array | null = null;
  const pull = async (): Promise<Uint8Array | null> => {
    const next = await source.next();
    if (next.done === true) return null;
    held.append(next.value);
    return next.value;
  };
  const letGo = async (): Promise<void> => {
    await source.return?.();
  };
  return {
    pull,
    before: () => before,
    beginFile: (unreadBytes) => {
      before = held.take(held.byteLength() - unreadBytes);
    },
    drop: held.drop,
    checkOutside: (unreadBytes) => {
      if ((before?.byteLength ?? 0) + held.byteLength() - unreadBytes > maxOutsideBytes) throw new MisfitError();
    },
    rest: async function* () {
      try {
        if (held.byteLength() > 0) yield held.take(held.byteLength());
        for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
      } finally {
        await letGo();
      }
    },
    letGo,
  };
}

/** Yields the file and returns the fields; throws `MisfitError` or `BrokenFormError` for a misfit. */
async function* unwrap(
  tap: Tap,
  contentType: string,
  fieldNames: readonly string[],
): AsyncGenerator<Uint8Array, Readonly<Record<string, string>>, undefined> {
  const boundary = boundaryOf(contentType);
  if (boundary === null) throw new MisfitError();
  const form = createFormReader(tap.pull, boundary);
  const fields = new Map<string, string>();
  let hasPart = await readThrough(form, () => tap.checkOutside(form.unreadBytes()));
  while (hasPart) {
    const name = dispositionOf(await form.partHeaders()).get("name");
    tap.checkOutside(form.unreadBytes());
    if (name === "file" && tap.before() === null) {
      tap.beginFile(form.unreadBytes() - leadBytes);
      hasPart = yield* fileOf(form, tap);
    } else {
      if (name === undefined || name === "file" || !fieldNames.includes(name)) throw new MisfitError();
      const [value, isFollowed] = await readField(form);
      fields.set(name, value);
      hasPart = isFollowed;
    }
  }
  if (tap.before() === null) throw new MisfitError();
  // Behind the last delimiter everything is outside the file, read or not.
  do tap.checkOutside(0);
  while ((await tap.pull()) !== null);
  return Object.fromEntries(fields);
}

async function* fileOf(form: FormReader, tap: Tap): AsyncGenerator<Uint8Array, boolean, undefined> {
  const chunks = form.content();
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return next.value;
    tap.drop(next.value.byteLength);
    yield next.value;
  }
}

/** Reads what stands before the first part, and tells whether one follows. */
async function readThrough(form: FormReader, check: () => void): Promise<boolean> {
  const chunks = form.content();
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return next.value;
    check();
  }
}

/** The value of a field, and whether another part follows. */
async function readField(form: FormReader): Promise<readonly [string, boolean]> {
  const chunks = form.content();
  const value = createByteQueue();
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return [decode(value.take(value.byteLength())), next.value];
    value.append(next.value);
    if (value.byteLength() > maxFieldBytes) throw new MisfitError();
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new MisfitError();
  }
}
