/** A parsed value, or what is wrong with the text and what to write instead. */
type Parsed<T> = { readonly value: T } | { readonly problem: string; readonly hint: string };

/** Reads the text of one setting; never throws, and never repeats a text that may hold a secret. */
export type Parser<T> = (text: string) => Parsed<T>;

const sizeUnits: ReadonlyMap<string, number> = new Map([
  ['', 1], ['b', 1],
  ['kb', 1e3], ['mb', 1e6], ['gb', 1e9], ['tb', 1e12],
  ['kib', 2 ** 10], ['mib', 2 ** 20], ['gib', 2 ** 30], ['tib', 2 ** 40],
]);

/** Quotes a value for a message, cut to a readable length. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

/** Makes the empty text mean null. */
export function optionally<T>(parse: Parser<T>): Parser<T | null> {
  return (text) => (text === '' ? { value: null } : parse(text));
}

/** A path of the local file system, kept as written. */
export function parsePath(text: string): Parsed<string> {
  if (text.trim() === '' || text.includes('\0')) {
    return { problem: 'is not a path', hint: 'write a path such as ./data' };
  }
  return { value: text };
}

/** `scheme:path` with one of the given schemes; a path that is not given is null. */
export function parseStore<Scheme extends string>(schemes: readonly Scheme[]): Parser<{ scheme: Scheme; path: string | null }> {
  const known = schemes.map((scheme) => `${scheme}:`).join(' or ');
  return (text) => {
    const scheme = schemes.find((candidate) => text.startsWith(`${candidate}:`));
    if (scheme === undefined) {
      // The text after the scheme is not repeated: database addresses often carry a password.
      const written = /^[a-z][a-z0-9+.-]*(?=:\/\/)/i.exec(text)?.[0];
      return {
        problem: written === undefined ? 'names no known kind of store' : `has the unknown scheme ${quote(`${written}:`)}`,
        hint: `begin it with ${known}`,
      };
    }
    const path = text.slice(scheme.length + 1);
    if (path === '') return { value: { scheme, path: null } };
    if (scheme === 'memory') return { problem: 'has a path behind memory:', hint: 'write memory: alone' };
    if (path.startsWith('//') || path.startsWith(':') || path.trim() === '' || path.includes('\0')) {
      return { problem: `has no plain path behind ${scheme}:`, hint: `write ${scheme}:relative/path or ${scheme}:/absolute/path` };
    }
    return { value: { scheme, path } };
  };
}

/** An http or https origin in normal form, without a trailing slash. */
export function parsePublicUrl(text: string): Parsed<string> {
  const hint = 'write only scheme, host and port, such as https://files.example.com';
  if (!/^https?:\/\/[^/\\\s]/i.test(text) || /[\s\\]/.test(text) || !URL.canParse(text)) {
    return { problem: 'is not an http or https URL', hint };
  }
  const url = new URL(text);
  if (text.includes('@')) return { problem: 'holds credentials', hint };
  if (text.includes('?')) return { problem: 'holds a query', hint };
  if (text.includes('#')) return { problem: 'holds a fragment', hint };
  if (url.pathname !== '/') {
    return { problem: 'holds a path', hint: 'a sub-path is not supported: give Stowage a host name or port of its own, such as https://files.example.com' };
  }
  return { value: url.origin };
}

/** The origin of a GitLab: http or https, host and port. */
export function parseGitlabUrl(text: string): Parsed<string> {
  const parsed = parsePublicUrl(text);
  if ('value' in parsed) return parsed;
  return { problem: parsed.problem, hint: 'write only scheme, host and port, such as https://gitlab.example.com' };
}

/** A user name of 1 to 40 letters, digits and `-_.`; the core checks the rest. */
export function parseUserName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9._-]{1,40}$/.test(text)) return { value: text };
  return { problem: `${quote(text)} is not a user name`, hint: 'use 1 to 40 letters, digits, - _ and .' };
}

/**
 * A password of 8 to 255 bytes in UTF-8 without control characters, which HTTP sign-in cannot carry (RFC 7617, 2), and
 * not what sign-in takes for a token or its announcement; the same rules as the core's.
 */
export function parsePassword(text: string): Parsed<string> {
  const bytes = Buffer.byteLength(text);
  if (bytes < 8 || bytes > 255) return { problem: 'has the wrong length', hint: 'use 8 to 255 bytes' };
  if (/\p{Cc}/u.test(text)) return { problem: 'holds a control character', hint: 'remove line ends, tabs and other control characters' };
  if (/^[0-9a-f]{40}$/.test(text)) return { problem: 'has the form of a token', hint: 'use anything but forty hexadecimal digits' };
  if (text === 'x-oauth-basic') return { problem: 'announces a token to sign-in', hint: 'use anything but x-oauth-basic' };
  return { value: text };
}

/** A token of 20 to 255 visible ASCII characters without `:`. */
export function parseToken(text: string): Parsed<string> {
  if (/^[\x21-\x39\x3b-\x7e]{20,255}$/.test(text)) return { value: text };
  return { problem: 'is not a usable token', hint: 'use 20 to 255 visible ASCII characters without spaces and :' };
}

/** A whole number between two bounds, both included. */
export function parseWhole(least: number, most: number, unit: string): Parser<number> {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return { value };
    return { problem: `${quote(text)} is out of range`, hint: `use a whole number of ${unit} from ${least} to ${most}` };
  };
}

/** A count that may be limited: a whole number, or null for `-1`. */
export function parseLimit(text: string): Parsed<number | null> {
  if (text === '-1') return { value: null };
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return { value };
  return { problem: `${quote(text)} is not a limit`, hint: 'use a whole number such as 1000, or -1 for no limit' };
}

/** A size in bytes, with a decimal (MB) or binary (MiB) unit if wanted; null for `-1`. */
export function parseSizeLimit(text: string): Parsed<number | null> {
  if (text === '-1') return { value: null };
  const [, digits, unit] = /^(\d+) *([a-z]*)$/i.exec(text) ?? [];
  const factor = unit === undefined ? undefined : sizeUnits.get(unit.toLowerCase());
  const value = Number(digits) * (factor ?? Number.NaN);
  if (Number.isSafeInteger(value)) return { value };
  return { problem: `${quote(text)} is not a size`, hint: 'use whole bytes such as 1000, 1 MB or 1 MiB (units kB to TB, KiB to TiB), or -1 for no limit' };
}

/** Bytes in a second, at least 1, written like a size; null for `-1`. */
export function parseRate(text: string): Parsed<number | null> {
  const parsed = parseSizeLimit(text);
  if ('value' in parsed && parsed.value === 0) {
    return { problem: `${quote(text)} bytes in a second are none`, hint: 'use at least 1, or -1 for no limit' };
  }
  return parsed;
}

/** The most that a share keeps free: on a large disk, a small share is a lot. */
const mostSharedBytes = 10 * 2 ** 30;

/** What stays free on a disk: a size in bytes, or a share of it such as `5%`. */
export function parseReserve(text: string): Parsed<{ readonly bytes: number } | { readonly percent: number; readonly maxBytes: number }> {
  const percent = Number(/^(\d{1,2}(?:\.\d+)?) *%$/.exec(text)?.[1]);
  if (percent <= 50) return { value: { percent, maxBytes: mostSharedBytes } };
  const size = parseSizeLimit(text);
  if ('value' in size && size.value !== null) return { value: { bytes: size.value } };
  return { problem: `${quote(text)} is neither a size nor a share`, hint: 'use bytes such as 1 GiB, a share such as 5% (at most 50%), or 0 to keep nothing free' };
}

/** true/false, yes/no, on/off, 1/0, in any case. */
export function parseBoolean(text: string): Parsed<boolean> {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return { value: true };
  if (['false', 'no', 'off', '0'].includes(word)) return { value: false };
  return { problem: `${quote(text)} is neither true nor false`, hint: 'write true or false' };
}

/** One word of a closed set. */
export function parseChoice<Choice extends string>(choices: readonly Choice[]): Parser<Choice> {
  return (text) => {
    const value = choices.find((choice) => choice === text);
    if (value !== undefined) return { value };
    return { problem: `${quote(text)} is not known`, hint: `use one of ${choices.join(', ')}` };
  };
}

const label = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const hostNamePattern = new RegExp(`^${label}(?:\\.${label})*$`, 'i');

function isHostName(text: string): boolean {
  // A last label of digits alone is a mistyped IPv4 address, never a name.
  return text.length <= 253 && hostNamePattern.test(text) && !/(?:^|\.)\d+$/.test(text);
}

/** `host:port`, `[ipv6]:port` or `:port`; the host comes back without brackets, an absent one as 0.0.0.0. */
export function parseListen(text: string): Parsed<{ hostname: string; port: number }> {
  const hint = 'write host:port, [ipv6]:port or :port, such as 127.0.0.1:7171';
  if (/^\d+$/.test(text)) {
    return { problem: `${quote(text)} has no host`, hint: `write 127.0.0.1:${text} for this machine only, or :${text} for all interfaces` };
  }
  if (!text.startsWith('[') && text.split(':').length > 2) {
    return { problem: `${quote(text)} is ambiguous`, hint: 'put an IPv6 address in brackets, such as [::1]:7171' };
  }
  const [, host, portText] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined) return { problem: `${quote(text)} has no port`, hint };
  const port = Number(portText);
  if (port > 65535) return { problem: `${quote(text)} has a port over 65535`, hint };
  if (host === '') return { value: { hostname: '0.0.0.0', port } };
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  const known = inBrackets === undefined ? isIPv4(host) || isHostName(host) : isIPv6(inBrackets);
  if (!known) return { problem: `${quote(text)} has no valid host`, hint };
  return { value: { hostname: inBrackets ?? host, port } };
}

const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const ipv4 = new RegExp(`^${byte}(?:\\.${byte}){3}$`);

function isIPv4(text: string): boolean {
  return ipv4.test(text);
}

/** By the module that also makes sockets, which takes the runtime milliseconds to load: few settings need it. */
function isIPv6(text: string): boolean {
  return process.getBuiltinModule('node:net').isIPv6(text);
}

function isAddressRange(text: string): boolean {
  const [, address, prefix] = /^([^/%]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  if (address === undefined) return false;
  if (isIPv4(address)) return Number(prefix ?? 32) <= 32;
  return isIPv6(address) && Number(prefix ?? 128) <= 128;
}

/** IP addresses and CIDR ranges, separated by commas; the empty text is the empty list. */
export function parseProxies(text: string): Parsed<readonly string[]> {
  if (text === '') return { value: [] };
  const value = text.split(',').map((part) => part.trim());
  const wrong = value.find((part) => !isAddressRange(part));
  if (wrong === undefined) return { value };
  return { problem: `${quote(wrong)} is neither an IP address nor a CIDR range`, hint: 'write addresses such as 127.0.0.1, 10.0.0.0/8 or fd00::/8, separated by commas' };
}
