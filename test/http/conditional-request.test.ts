import { describe, expect, it } from 'bun:test';
import { evaluateConditions } from '../../src/http/conditional-request.ts';
import { formatHttpDate } from '../../src/http/http-date.ts';

const lastModifiedMs = Date.UTC(2023, 10, 14, 22, 13, 20) + 500;
const same = formatHttpDate(lastModifiedMs);
const earlier = formatHttpDate(lastModifiedMs - 1000);
const later = formatHttpDate(lastModifiedMs + 1000);
const range = 'bytes=0-1';

function evaluate(headers: Record<string, string>, method = 'GET'): string {
  const request = { method, headers: new Headers(headers) };
  const result = evaluateConditions(request, { etag: '"abc"', lastModifiedMs });
  if (result.outcome !== 'proceed') return result.outcome;
  return result.useRange ? 'part' : 'whole';
}

// RFC 9110 sections 13.1 and 13.2.2, row by row.
const rows: [headers: Record<string, string>, expected: string, method?: string][] = [
  [{}, 'whole'],
  [{ range }, 'part'],
  [{ range }, 'part', 'HEAD'],
  [{ range }, 'whole', 'PUT'],

  [{ 'if-match': '"abc"' }, 'whole'],
  [{ 'if-match': '*' }, 'whole'],
  [{ 'if-match': '"x", "abc"' }, 'whole'],
  [{ 'if-match': '"x"' }, 'precondition_failed'],
  [{ 'if-match': 'W/"abc"' }, 'precondition_failed'],
  [{ 'if-match': 'abc' }, 'precondition_failed'],
  [{ 'if-match': '"a,bc"' }, 'precondition_failed'],
  [{ 'if-match': '' }, 'whole'],
  [{ 'if-match': '"x"' }, 'precondition_failed', 'PUT'],
  [{ 'if-match': '"abc"', 'if-unmodified-since': earlier }, 'whole'],

  [{ 'if-unmodified-since': earlier }, 'precondition_failed'],
  [{ 'if-unmodified-since': same }, 'whole'],
  [{ 'if-unmodified-since': later }, 'whole'],
  [{ 'if-unmodified-since': 'yesterday' }, 'whole'],

  [{ 'if-none-match': '"abc"' }, 'not_modified'],
  [{ 'if-none-match': 'W/"abc"' }, 'not_modified'],
  [{ 'if-none-match': '"x" , W/"abc"' }, 'not_modified'],
  [{ 'if-none-match': '*' }, 'not_modified'],
  [{ 'if-none-match': '*' }, 'not_modified', 'HEAD'],
  [{ 'if-none-match': '*' }, 'precondition_failed', 'PUT'],
  [{ 'if-none-match': '"abc"' }, 'precondition_failed', 'DELETE'],
  [{ 'if-none-match': '"x"' }, 'whole'],
  [{ 'if-none-match': '"x", abc, "abc"' }, 'whole'],
  [{ 'if-none-match': '"x"', 'if-modified-since': later }, 'whole'],
  [{ 'if-none-match': '', 'if-modified-since': later }, 'not_modified'],

  [{ 'if-modified-since': earlier }, 'whole'],
  [{ 'if-modified-since': same }, 'not_modified'],
  [{ 'if-modified-since': later }, 'not_modified'],
  [{ 'if-modified-since': 'Tuesday, 14-Nov-23 22:13:20 GMT' }, 'not_modified'],
  [{ 'if-modified-since': 'Tue Nov 14 22:13:20 2023' }, 'not_modified'],
  [{ 'if-modified-since': 'today' }, 'whole'],
  [{ 'if-modified-since': later }, 'whole', 'PUT'],
  [{ 'if-match': '"abc"', 'if-none-match': '"abc"' }, 'not_modified'],
  [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'precondition_failed'],

  [{ range, 'if-range': '"abc"' }, 'part'],
  [{ range, 'if-range': 'W/"abc"' }, 'whole'],
  [{ range, 'if-range': '"x"' }, 'whole'],
  [{ range, 'if-range': same }, 'part'],
  [{ range, 'if-range': earlier }, 'whole'],
  [{ range, 'if-range': later }, 'whole'],
  [{ range, 'if-range': 'today' }, 'whole'],
  [{ 'if-range': '"abc"' }, 'whole'],
];

describe('evaluateConditions', () => {
  for (const [headers, expected, method = 'GET'] of rows) {
    it(`answers ${method} with ${JSON.stringify(headers)}: ${expected}`, () => {
      expect(evaluate(headers, method)).toBe(expected);
    });
  }
});
