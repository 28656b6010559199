import { boundaryOf, dispositionOf } from "./form-headers.ts";
import { BrokenFormError, createFormReader } from "./form-reader.ts";

/** The messages Go's net/http gives, which Forgejo hands on to its clients. */
type MultipartProblem =
  | "no multipart boundary param in Content-Type"
  | "http: no such file"
  | "multipart: NextPart: EOF";

/** A form that cannot be read; `message` is fit for the client. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
  constructor(problem: MultipartProblem, options?: ErrorOptions) {
    super(problem, options);
  }
}

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
  if (boundary === null) throw new MultipartError("no multipart boundary param in Content-Type");
  const reader = body.getReader();
  try {
    const form = createFormReader(async () => (await reader.read()).value ?? null, boundary);
    let foundFile = false;
    let hasPart = await skip(form.content());
    while (hasPart) {
      const isFile: boolean = !foundFile && hasFileName(await form.partHeaders());
      foundFile ||= isFile;
      hasPart = isFile ? yield* form.content() : await skip(form.content());
    }
    if (!foundFile) throw new MultipartError("http: no such file");
    while (!(await reader.read()).done);
  } catch (error) {
    if (error instanceof BrokenFormError) throw new MultipartError("multipart: NextPart: EOF", { cause: error });
    throw error;
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

/** `filename*` is not for forms, but clients send it and Go takes it. */
function hasFileName(headers: string): boolean {
  const disposition = dispositionOf(headers);
  return disposition.has("filename") || disposition.has("filename*");
}
