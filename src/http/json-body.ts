/** A parsed body, or why there is none. */
type JsonBody =
  | { ok: true; value: unknown }
  | { ok: false; reason: 'too_large' | 'malformed' | 'too_deep' | 'not_utf8' };

type JsonBounds = { maxBytes: number; maxDepth: number };

/**
 * Reads a request body as JSON (RFC 8259) without ever holding more than `maxBytes` and one chunk.
 * Arrays and objects may be nested `maxDepth` deep, `[]` being one. A byte order mark is ignored;
 * a missing or empty body is malformed.
 *
 * After `too_large` the rest of the body is unread and free for others to drain. Throws what the
 * body throws when it breaks off, and `TypeError` when somebody else has used it.
 */
export async function readJsonBody(request: Request, bounds: JsonBounds): Promise<JsonBody> {
  const bytes = await readBytes(request, bounds.maxBytes);
  if (bytes === null) return { ok: false, reason: 'too_large' };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, reason: 'not_utf8' };
  }
  if (isDeeperThan(bounds.maxDepth, text)) return { ok: false, reason: 'too_deep' };
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch {
    return { ok: false, reason: 'malformed' };
  }
}

/** The whole body, or null as soon as it is known to be larger than `maxBytes`. */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array | null> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return null;
  const chunks: Uint8Array[] = [];
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  try {
    let receivedBytes = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      receivedBytes += next.value.byteLength;
      if (receivedBytes > maxBytes) return null;
      chunks.push(next.value);
    }
    return Buffer.concat(chunks);
  } finally {
    reader.releaseLock();
  }
}

/** Counts brackets outside strings; says nothing about whether they are the right ones. */
function isDeeperThan(maxDepth: number, text: string): boolean {
  let depth = 0;
  let insideString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (insideString) {
      if (character === '\\') index++;
      else if (character === '"') insideString = false;
    } else if (character === '"') {
      insideString = true;
    } else if (character === '[' || character === '{') {
      depth++;
      if (depth > maxDepth) return true;
    } else if (character === ']' || character === '}') {
      depth--;
    }
  }
  return false;
}
