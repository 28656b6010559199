/** Name or IPv4 address, or IPv6 address in brackets, with an optional port (RFC 9110 section 7.2, RFC 3986 section 3.2). */
const shape = /^(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?$/;

/** The last one that was found right: most requests name the same. */
let lastHost = "";

/** Whether a Host header is one authority. The runtime joins repeated headers with a comma, which none holds. */
export function isHost(text: string): boolean {
  if (text === lastHost && text !== "") return true;
  const match = shape.exec(text);
  const isRight = match !== null && Number(match[1] ?? 0) <= 65_535 && URL.canParse(`http://${text}`);
  if (isRight) lastHost = text;
  return isRight;
}
