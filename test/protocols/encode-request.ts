import type { Fill, WireExchange } from "./exchange.ts";

/**
 * A request as bytes: placeholders filled, nothing normalised. Header lines with an empty value are left out, so that a
 * case can drop one. `credentials` are header lines that yield to lines of the same name that the case gives itself.
 */
export async function encodeRequest(
  step: WireExchange,
  target: string,
  { port, fill, credentials }: { readonly port: number; readonly fill: Fill; readonly credentials: readonly (readonly [string, string])[] },
): Promise<Uint8Array> {
  const given: readonly (readonly [string, string])[] = Array.isArray(step.headers)
    ? step.headers
    : Object.entries(step.headers ?? {});
  const gives = (wanted: string): boolean => given.some(([name]) => name.toLowerCase() === wanted.toLowerCase());
  const lines = [`${step.method} ${target} HTTP/1.1`];
  if (!gives("Host")) lines.push(`Host: 127.0.0.1:${port}`);
  for (const [name, value] of given) if (value !== "") lines.push(`${name}: ${await fill(value)}`);
  for (const [name, value] of credentials) if (!gives(name)) lines.push(`${name}: ${value}`);
  const text = step.send === undefined ? step.body : await fill(JSON.stringify(step.send));
  if (step.send !== undefined && !gives("Content-Type")) lines.push("Content-Type: application/json");
  const body = Buffer.from(text ?? "");
  if (step.chunkBytes !== undefined) {
    lines.push("Transfer-Encoding: chunked");
    return message(lines, Buffer.concat(chunks(body, step.chunkBytes, step.promisedBytes === undefined)));
  }
  if (text !== undefined) lines.push(`Content-Length: ${step.promisedBytes ?? body.length}`);
  return message(lines, body);
}

/** Heads are written byte for byte: a character up to U+00FF in a target is that byte. */
function message(lines: readonly string[], body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body]);
}

function chunks(body: Buffer, size: number, whole: boolean): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  if (whole) parts.push(Buffer.from("0\r\n\r\n"));
  return parts;
}
