import { isIPv6 } from "node:net";

/**
 * What counts as one sender: an IPv4 address whole, the /64 of an IPv6 address, since a single subscriber holds at least
 * that many (RFC 6177), and IPv4 where it is mapped (RFC 4291 section 2.5.5.2). Any other text stands for itself.
 */
export function addressGroup(address: string): string {
  const plain = address.replace(/%.*$/, "");
  if (!isIPv6(plain)) return address;
  // The URL parser writes an address in its shortest form (RFC 5952), with at most one `::`.
  const canonical = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped !== null) {
    const [high, low] = [Number.parseInt(mapped[1] ?? "", 16), Number.parseInt(mapped[2] ?? "", 16)];
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  const [before = [], after = []] = canonical.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
