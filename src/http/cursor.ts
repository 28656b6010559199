/** The longest cursor, in characters: with room for the longest path of a file, however JSON has to escape it. */
const maxLength = 4096;

/** A JSON value as URL-safe base64 without padding; `RangeError` when that is longer than 4 KiB. */
export function encodeCursor(value: unknown): string {
  const text = Buffer.from(JSON.stringify(value)).toString("base64url");
  if (text.length > maxLength) throw new RangeError(`a cursor has ${text.length} characters`);
  return text;
}

/**
 * The value of a cursor, null for what is none or too long. Padding is taken, as GitLab's own cursors have it. Clients can
 * make up any value: check its shape.
 */
export function decodeCursor(text: string): unknown {
  if (text.length > maxLength || !/^[A-Za-z0-9_-]+={0,2}$/.test(text)) return null;
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64url"));
    const value: unknown = JSON.parse(json);
    return value;
  } catch {
    return null;
  }
}
