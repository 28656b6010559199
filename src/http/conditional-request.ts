import { parseHttpDate } from './http-date.ts';

/** What the conditional headers of a request say about the current state of its target. */
type ConditionOutcome =
  | { outcome: 'proceed'; useRange: boolean }
  | { outcome: 'not_modified' }
  | { outcome: 'precondition_failed' };

type Request = { method: string; headers: Headers };
type Resource = { etag: string; lastModifiedMs: number };

/**
 * Evaluates If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since and If-Range in the
 * order of RFC 9110 section 13.2.2.
 *
 * `resource.etag` is a strong entity tag with its quotes; `resource.lastModifiedMs` counts
 * milliseconds since the epoch and is compared in whole seconds. `useRange` is true when the
 * request has a Range header and it is to be obeyed. A date that is not an HTTP-date is ignored,
 * except in If-Range, where it makes the answer whole.
 */
export function evaluateConditions(request: Request, resource: Resource): ConditionOutcome {
  const { headers } = request;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  const modifiedMs = Math.floor(resource.lastModifiedMs / 1000) * 1000;

  // An empty field is no condition, as in Go's net/http.
  const ifMatch = headers.get('if-match') || null;
  if (ifMatch !== null) {
    if (!matches(ifMatch, resource.etag, 'strong')) return { outcome: 'precondition_failed' };
  } else {
    const unmodifiedSinceMs = dateIn(headers.get('if-unmodified-since'));
    if (unmodifiedSinceMs !== null && modifiedMs > unmodifiedSinceMs) {
      return { outcome: 'precondition_failed' };
    }
  }

  const ifNoneMatch = headers.get('if-none-match') || null;
  if (ifNoneMatch !== null) {
    if (matches(ifNoneMatch, resource.etag, 'weak')) {
      return { outcome: isRead ? 'not_modified' : 'precondition_failed' };
    }
  } else if (isRead) {
    const modifiedSinceMs = dateIn(headers.get('if-modified-since'));
    if (modifiedSinceMs !== null && modifiedMs <= modifiedSinceMs) {
      return { outcome: 'not_modified' };
    }
  }

  const useRange =
    isRead && headers.has('range') && allowsRange(headers.get('if-range'), resource.etag, modifiedMs);
  return { outcome: 'proceed', useRange };
}

/** If-Range (RFC 9110 section 13.1.5): a strong entity tag, or exactly the date last sent. */
function allowsRange(ifRange: string | null, etag: string, modifiedMs: number): boolean {
  if (ifRange === null || ifRange === '') return true;
  return ifRange === etag || parseHttpDate(ifRange) === modifiedMs;
}

/**
 * Whether a list of entity tags (RFC 9110 section 8.8.3), or `*` alone, names `etag`. Reading
 * stops at the first thing that is no entity tag.
 */
function matches(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true;
  const entry = /[ \t,]*(W\/)?("[\x21\x23-\x7e\x80-\uffff]*")/y;
  for (let found = entry.exec(list); found !== null; found = entry.exec(list)) {
    const isWeak = found[1] !== undefined;
    if (found[2] === etag && !(isWeak && comparison === 'strong')) return true;
  }
  return false;
}

function dateIn(value: string | null): number | null {
  return value === null ? null : parseHttpDate(value);
}
