import type { BunRequest } from "bun";
import { requestPath } from "./request-path.ts";

/**
 * The path of a request as it stood on the wire. The runtime resolves `.`, `..`, their encodings and backslashes in
 * `request.url` before any handler sees them, so a path decision is never made on that: the parameters of the server's
 * own routes hold the raw segments, each decoded once.
 */
export type RawTarget =
  | {
      readonly kind: "segments";
      /** Decoded once; empty ones (repeated and trailing slashes) left out. */
      readonly segments: readonly string[];
      readonly hasEmptySegments: boolean;
    }
  /** A segment is `.` or `..`, or a backslash stood where the runtime reads a slash. */
  | { readonly kind: "ambiguous"; readonly segments: readonly string[]; readonly hasEmptySegments: boolean }
  /** A segment is not percent-encoded UTF-8. */
  | { readonly kind: "undecodable"; readonly segments: readonly string[] }
  /** Deeper, or with more empty segments, than any route of the server. */
  | { readonly kind: "unroutable" };

/** How deep targets may be with no, one and two empty segments. What lies beyond is unroutable. */
const depths = [40, 24, 12] as const;

/**
 * The patterns to register with the server, each with the function that reads a matching request's target. Together
 * they match every target within the depths; everything else reaches the server's fallback.
 */
export function rawTargetPatterns(): readonly TargetPattern[] {
  const root: TargetPattern = { pattern: "/", read: () => ({ kind: "segments", segments: [], hasEmptySegments: false }) };
  const patterns = [root];
  // Each is one segment longer than another: every start makes all of them, so none is put together from the beginning.
  const extend = (path: string, names: readonly string[], depth: number, emptyCount: number): void => {
    const deepest = depths[emptyCount] ?? 0;
    if (depth > 0 && depth <= deepest) patterns.push(patternOf(path, names, emptyCount > 0));
    if (depth < deepest) extend(`${path}/:s${depth}`, [...names, `s${depth}`], depth + 1, emptyCount);
    if (depth < (depths[emptyCount + 1] ?? 0)) extend(`${path}/`, names, depth + 1, emptyCount + 1);
  };
  extend("", [], 0, 0);
  // "/" stands for itself and for the shape of one empty segment.
  return patterns.filter(({ pattern }, index) => index === 0 || pattern !== "/");
}

interface TargetPattern {
  readonly pattern: string;
  read(request: BunRequest): RawTarget;
}

function patternOf(pattern: string, names: readonly string[], hasEmptySegments: boolean): TargetPattern {
  return {
    pattern,
    read: (request) => {
      const { params } = request as BunRequest<string> & { readonly params: Record<string, string | undefined> };
      return judge(
        names.map((name) => params[name] ?? ""),
        hasEmptySegments,
        request.url,
      );
    },
  };
}

const replacement = "\uFFFD";

function judge(segments: readonly string[], hasEmptySegments: boolean, url: string): RawTarget {
  let hasBackslash = false;
  for (const segment of segments) {
    if (segment.includes(replacement)) return { kind: "undecodable", segments };
    if (segment === "." || segment === "..") return { kind: "ambiguous", segments, hasEmptySegments };
    hasBackslash ||= segment.includes("\\");
  }
  if (hasBackslash && !isEncodedInUrl(segments, url)) return { kind: "ambiguous", segments, hasEmptySegments };
  return { kind: "segments", segments, hasEmptySegments };
}

/** An encoded backslash stays in the runtime's URL as it is; a raw one has become a slash there. */
function isEncodedInUrl(segments: readonly string[], url: string): boolean {
  const decoded = requestPath(url)
    .split("/")
    .flatMap((segment) => (segment === "" ? [] : [decodeURIComponent(segment)]));
  return decoded.length === segments.length && decoded.every((segment, index) => segment === segments[index]);
}
