/** One part of a representation: offsets in bytes from its start, `end` inclusive. */
export type ByteRange = { start: number; end: number };

/** What a Range header asks for, once held against the size of the representation. */
export type RequestedRanges =
  | { kind: 'whole' }
  | { kind: 'ranges'; ranges: ByteRange[] }
  | { kind: 'unsatisfiable'; reason: 'no_overlap' | 'malformed' };

type ParsedSpec = ByteRange | 'no_overlap' | 'malformed';

const unitPrefix = 'bytes=';
const maxListEntries = 1000;
const maxInt64 = 9_223_372_036_854_775_807n;

/**
 * Reads a Range header (RFC 9110 section 14.2) the way Go's `http.ServeContent` does, which is
 * what clients of Gitea meet.
 *
 * - `whole`: no header, no range in it, an empty representation, ranges that add up to more than
 *   `sizeBytes`, or a list of more than 1,000 entries.
 * - `ranges`: at least one, in the order asked for; overlaps are kept.
 * - `no_overlap` and `malformed` are both answered 416; another unit than `bytes` is malformed.
 *
 * As in Go, `bytes=-0` gives one range of no bytes: `start` is `sizeBytes`, `end` is one less.
 */
export function parseByteRanges(header: string | null, sizeBytes: number): RequestedRanges {
  if (header === null || header === '') return { kind: 'whole' };
  if (!header.startsWith(unitPrefix)) return { kind: 'unsatisfiable', reason: 'malformed' };

  const entries = header.slice(unitPrefix.length).split(',', maxListEntries + 1);
  if (entries.length > maxListEntries) return { kind: 'whole' };

  const ranges: ByteRange[] = [];
  let skippedOne = false;
  let sumBytes = 0;
  for (const entry of entries) {
    const text = trim(entry);
    if (text === '') continue;
    const spec = parseSpec(text, sizeBytes);
    if (spec === 'malformed') return { kind: 'unsatisfiable', reason: 'malformed' };
    if (spec === 'no_overlap') {
      skippedOne = true;
      continue;
    }
    ranges.push(spec);
    sumBytes += spec.end - spec.start + 1;
  }

  if (sizeBytes === 0) return { kind: 'whole' };
  if (ranges.length === 0) {
    return skippedOne ? { kind: 'unsatisfiable', reason: 'no_overlap' } : { kind: 'whole' };
  }
  return sumBytes > sizeBytes ? { kind: 'whole' } : { kind: 'ranges', ranges };
}

/** One `first-last`, `first-` or `-suffixLength`; everything past the end is cut off. */
function parseSpec(text: string, sizeBytes: number): ParsedSpec {
  const dash = text.indexOf('-');
  if (dash === -1) return 'malformed';
  const first = trim(text.slice(0, dash));
  const last = trim(text.slice(dash + 1));

  if (first === '') {
    const suffixLength = last.startsWith('-') ? null : parseInt64(last);
    if (suffixLength === null) return 'malformed';
    return { start: sizeBytes - Math.min(suffixLength, sizeBytes), end: sizeBytes - 1 };
  }

  const start = parseInt64(first);
  if (start === null) return 'malformed';
  // Go looks at the end only once the start lies inside: `bytes=99-x` does not overlap.
  if (start >= sizeBytes) return 'no_overlap';
  if (last === '') return { start, end: sizeBytes - 1 };
  const end = parseInt64(last);
  if (end === null || end < start) return 'malformed';
  return { start, end: Math.min(end, sizeBytes - 1) };
}

/** Like Go's `strconv.ParseInt(text, 10, 64)`: a sign is allowed, more than 64 bits are not. */
function parseInt64(text: string): number | null {
  if (!/^[+-]?[0-9]+$/.test(text)) return null;
  const magnitude = BigInt(text.replace(/^[+-]/, ''));
  if (magnitude > maxInt64) return null;
  return text.startsWith('-') && magnitude > 0n ? -Number(magnitude) : Number(magnitude);
}

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charAt(start))) start++;
  while (end > start && isBlank(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}
