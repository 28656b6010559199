import { BlockList, isIP } from 'node:net';

/** Who sent a request: `protocol` and `host` are null where no trusted proxy named them. */
type Client = { address: string; protocol: 'http' | 'https' | null; host: string | null };

const keptStrangers = 1024;

/**
 * Makes the function that tells who sent a request behind reverse proxies.
 *
 * `trustedProxies` are IP addresses or networks in CIDR notation; anything else throws
 * `RangeError` naming the entry. The forwarding headers count only when the peer of the connection
 * is one of them: X-Forwarded-For is read from the right, past trusted proxies, to the first
 * address that is not trusted. It is read no further than an entry that is no address, since what
 * stands left of it was not written by a proxy we know. Of several X-Forwarded-Proto or
 * X-Forwarded-Host values the last one counts, which the nearest proxy wrote. An IPv4 address
 * mapped into IPv6 (RFC 4291 section 2.5.5.2) is given as IPv4; a peer address that is no IP
 * address is handed back as it came.
 */
export function createClientAddress(
  trustedProxies: readonly string[],
): (peerAddress: string, headers: Headers) => Client {
  const isTrusted = createTrustCheck(trustedProxies);
  /** Peers that are no proxy of ours, with what is said of them: most requests come from a few. */
  const strangers = new Map<string, Client>();
  return (peerAddress, headers) => {
    const stranger = strangers.get(peerAddress);
    if (stranger !== undefined) return stranger;
    const peer = normaliseAddress(peerAddress);
    if (peer === null || !isTrusted(peer)) {
      const client = { address: peer ?? peerAddress, protocol: null, host: null };
      if (strangers.size >= keptStrangers) strangers.clear();
      strangers.set(peerAddress, client);
      return client;
    }
    const forwardedFor = headers.get('x-forwarded-for') ?? '';
    return {
      address: nearestUntrusted(peer, forwardedFor, isTrusted),
      protocol: parseProtocol(lastEntry(headers.get('x-forwarded-proto'))),
      host: parseHost(lastEntry(headers.get('x-forwarded-host'))),
    };
  };
}

function createTrustCheck(trustedProxies: readonly string[]): (address: string) => boolean {
  // One list per family: a network like ::/0 in the same list would take in IPv4 as well.
  const trusted = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const entry of trustedProxies) {
    const parts = /^([^/]+)(?:\/([0-9]{1,3}))?$/.exec(entry.trim());
    const given = parts?.[1] ?? '';
    const network = normaliseAddress(given);
    if (network === null) throw new RangeError(`"${entry}" is no IP address or network`);
    const family = familyOf(network);
    const bits = family === 'ipv4' ? 32 : 128;
    // A mapped network counts the 96 bits before the IPv4 address.
    const mappedBits = family === 'ipv4' && isIP(given) === 6 ? 96 : 0;
    const prefixBits = parts?.[2] === undefined ? bits : Number(parts[2]) - mappedBits;
    if (prefixBits < 0 || prefixBits > bits) {
      throw new RangeError(`"${entry}" has a prefix length that does not exist`);
    }
    trusted[family].addSubnet(network, prefixBits, family);
  }
  return (address) => trusted[familyOf(address)].check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function nearestUntrusted(
  peer: string,
  forwardedFor: string,
  isTrusted: (address: string) => boolean,
): string {
  let nearest = peer;
  for (const entry of forwardedFor.split(',').toReversed()) {
    const text = entry.trim();
    if (text === '') continue;
    const address = normaliseAddress(withoutPort(text));
    if (address === null) return nearest;
    nearest = address;
    if (!isTrusted(address)) return nearest;
  }
  return nearest;
}

/** Some proxies write `192.0.2.1:4711`, `[2001:db8::1]` or `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const parts = /^(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]{1,5})?$/.exec(text);
  return parts?.[1] ?? parts?.[2] ?? text;
}

/** RFC 5952 form without a zone, IPv4 where it is mapped; null when it is no IP address. */
function normaliseAddress(text: string): string | null {
  const address = text.trim().replace(/%.*$/, '');
  const version = isIP(address);
  if (version === 0) return null;
  if (version === 4) return address;
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [parseInt(mapped[1] ?? '', 16), parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function lastEntry(value: string | null): string {
  return value?.split(',').at(-1)?.trim() ?? '';
}

function parseProtocol(text: string): 'http' | 'https' | null {
  const protocol = text.toLowerCase();
  return protocol === 'http' || protocol === 'https' ? protocol : null;
}

/** RFC 9110 section 7.2, with the characters of host names and IP literals only. */
function parseHost(text: string): string | null {
  const parts = /^(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?$/.exec(text);
  if (parts === null || Number(parts[1] ?? 0) > 65_535) return null;
  return text;
}
