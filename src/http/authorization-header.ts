/** What an Authorization header holds. None of the strings may be logged, not even `name`. */
export type Authorization =
  | { scheme: 'none' }
  | { scheme: 'basic'; user: string; password: string }
  | { scheme: 'token'; token: string }
  | { scheme: 'bearer'; token: string }
  | { scheme: 'malformed' }
  | { scheme: 'unknown'; name: string };

const maxHeaderCharacters = 4096;
const malformed: Authorization = { scheme: 'malformed' };

/**
 * Reads an Authorization header (RFC 9110 section 11.6.2): Basic (RFC 7617), Bearer (RFC 6750) and
 * Gitea's `token`, each in any case. Never throws.
 *
 * - `none`: no header, or an empty one.
 * - `malformed`: bad base64, no colon, not UTF-8, control characters, a token that is empty or
 *   holds white space, more than 4,096 characters, or the values of several headers joined by a
 *   comma, of which it would be open which one counts.
 * - `unknown`: another scheme; `name` is lower-cased.
 */
export function parseAuthorization(value: string | null): Authorization {
  const text = value?.trim() ?? '';
  if (text === '') return { scheme: 'none' };
  if (text.length > maxHeaderCharacters) return malformed;

  const parts = /^([!#$%&'*+\-.0-9A-Z^_`a-z|~]+)(?: +(.*))?$/.exec(text);
  const name = parts?.[1]?.toLowerCase();
  if (name === undefined) return malformed;
  const credentials = parts?.[2] ?? '';

  switch (name) {
    case 'basic':
      return parseBasic(credentials);
    case 'token':
    case 'bearer':
      return isToken(credentials) ? { scheme: name, token: credentials } : malformed;
    default:
      return /,[ \t]*(?:basic|bearer|token)(?: |$)/i.test(credentials)
        ? malformed
        : { scheme: 'unknown', name };
  }
}

/** Visible ASCII without a comma: wider than RFC 6750's b64token, for tokens people chose. */
function isToken(text: string): boolean {
  return /^[\x21-\x2b\x2d-\x7e]+$/.test(text);
}

function parseBasic(credentials: string): Authorization {
  const userPass = decodeBase64(credentials);
  // RFC 7617 section 2 forbids control characters in both parts.
  if (userPass === null || /\p{Cc}/u.test(userPass)) return malformed;
  const colon = userPass.indexOf(':');
  if (colon === -1) return malformed;
  return { scheme: 'basic', user: userPass.slice(0, colon), password: userPass.slice(colon + 1) };
}

/** RFC 4648 section 4, padding optional but right where given; null unless UTF-8 comes out. */
function decodeBase64(text: string): string | null {
  const digits = /^([A-Za-z0-9+/]*)(={0,2})$/.exec(text);
  if (digits === null) return null;
  const isPadded = digits[2] !== '';
  if (isPadded ? text.length % 4 !== 0 : text.length % 4 === 1) return null;
  try {
    // The decoder would otherwise swallow a leading U+FEFF, which is part of the user's name.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(Buffer.from(text, 'base64'));
  } catch {
    return null;
  }
}
