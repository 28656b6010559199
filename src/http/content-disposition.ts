/**
 * The Content-Disposition value (RFC 6266) that has a browser or `curl -OJ` save a download under
 * `fileName`, of which only the part after the last `/` is used.
 *
 * Printable ASCII is written as Go's `mime.FormatMediaType` does: bare where it is a token (RFC
 * 2045 section 5.1), otherwise quoted. Any other name is given twice: in ASCII with `_` for each
 * foreign character, and in full as `filename*` (RFC 8187). A control character becomes `_`, half
 * a surrogate pair U+FFFD. Where no name is left (nothing, `.`, `..`) the value is a bare
 * `attachment`.
 */
export function attachmentDisposition(fileName: string): string {
  const segment = fileName.slice(fileName.lastIndexOf('/') + 1);
  if (segment === '' || segment === '.' || segment === '..') return 'attachment';

  const name = segment.toWellFormed().replace(/\p{Cc}/gu, '_');
  if (isToken(name)) return `attachment; filename=${name}`;
  if (/^[\x20-\x7e]*$/.test(name)) return `attachment; filename=${quote(name)}`;
  const fallback = name.replace(/[^\x20-\x7e]/gu, '_');
  return `attachment; filename=${quote(fallback)}; filename*=UTF-8''${encodeExtended(name)}`;
}

/**
 * The same as Rails writes it (ActionDispatch::Http::ContentDisposition): always both forms, and in the first everything
 * but a few characters percent-encoded.
 */
export function railsAttachment(fileName: string): string {
  const name = fileName.slice(fileName.lastIndexOf('/') + 1).toWellFormed();
  const ascii = name.replace(/[^\x20-\x7e]/gu, '?').replace(/[^ A-Za-z0-9!#$+.^_`|~-]/g, percentEncoded);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function isToken(name: string): boolean {
  return /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/.test(name);
}

function quote(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 8187 section 3.2.1: encodeURIComponent leaves four characters that are no attr-char. */
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
