import { readBoundedBody } from './bounded-body.ts';

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
 * After `too_large` the rest of the body is unread, and drained where the iterable allows it. Throws what the
 * body throws when it breaks off.
 */
export async function readJsonBody(body: AsyncIterable<Uint8Array>, bounds: JsonBounds): Promise<JsonBody> {
  const bytes = await readBoundedBody(body, bounds.maxBytes);
  return bytes === null ? { ok: false, reason: 'too_large' } : parseJsonBytes(bytes, bounds.maxDepth);
}

/** Parses a body that was read, as `readJsonBody` does. */
export function parseJsonBytes(bytes: Uint8Array, maxDepth: number): JsonBody {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, reason: 'not_utf8' };
  }
  if (isDeeperThan(maxDepth, text)) return { ok: false, reason: 'too_deep' };
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch {
    return { ok: false, reason: 'malformed' };
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
