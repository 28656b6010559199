import { describe, expect, it } from 'bun:test';
import { parseAuthorization, type Authorization } from '../../src/http/authorization-header.ts';

function basic(userPass: string | Uint8Array): string {
  return `Basic ${Buffer.from(userPass).toString('base64')}`;
}
const malformed: Authorization = { scheme: 'malformed' };

const rows: [value: string | null, expected: Authorization][] = [
  [null, { scheme: 'none' }],
  ['', { scheme: 'none' }],
  ['  ', { scheme: 'none' }],
  // RFC 7617 section 2
  ['Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==', { scheme: 'basic', user: 'Aladdin', password: 'open sesame' }],
  ['bAsIc  QWxhZGRpbjpvcGVuIHNlc2FtZQ', { scheme: 'basic', user: 'Aladdin', password: 'open sesame' }],
  // RFC 7617 section 2.1
  ['Basic dGVzdDoxMjPCow==', { scheme: 'basic', user: 'test', password: '123£' }],
  [basic('user:a:b'), { scheme: 'basic', user: 'user', password: 'a:b' }],
  [basic(':'), { scheme: 'basic', user: '', password: '' }],
  [basic('token:'), { scheme: 'basic', user: 'token', password: '' }],
  [basic('\ufeffu:p'), { scheme: 'basic', user: '\ufeffu', password: 'p' }],
  [basic('no colon'), malformed],
  [basic(Uint8Array.of(0x61, 0x3a, 0xff)), malformed],
  [basic('a:b\u0000'), malformed],
  ['Basic', malformed],
  ['Basic QQ=', malformed],
  ['Basic QTpC=', malformed],
  ['Basic QTpCR', malformed],
  ['Basic QTp_', malformed],
  ['Basic QT pC', malformed],
  ['Basic QTpC, Basic QTpC', malformed],
  ['Basic QTpC,', malformed],
  ['token abc', { scheme: 'token', token: 'abc' }],
  ['Token abc', { scheme: 'token', token: 'abc' }],
  ['Bearer a.b-c_d~e+f/g==', { scheme: 'bearer', token: 'a.b-c_d~e+f/g==' }],
  ['BEARER abc ', { scheme: 'bearer', token: 'abc' }],
  ['token', malformed],
  ['Bearer ', malformed],
  ['token a b', malformed],
  ['token a,b', malformed],
  ['token a, Bearer b', malformed],
  ['Bearer ä', malformed],
  ['Bearer\tabc', malformed],
  ['Digest username="a", realm="b"', { scheme: 'unknown', name: 'digest' }],
  ['Negotiate', { scheme: 'unknown', name: 'negotiate' }],
  ['Digest username="a", Bearer abc', malformed],
  ['(odd) abc', malformed],
  [`token ${'a'.repeat(4090)}`, { scheme: 'token', token: 'a'.repeat(4090) }],
  [`token ${'a'.repeat(4091)}`, malformed],
];

describe('parseAuthorization', () => {
  for (const [value, expected] of rows) {
    it(`reads ${JSON.stringify(value?.slice(0, 60) ?? null)} as ${expected.scheme}`, () => {
      expect(parseAuthorization(value)).toEqual(expected);
    });
  }

  it('refuses headers the runtime joined', () => {
    const headers = new Headers();
    headers.append('authorization', 'token a');
    headers.append('authorization', 'token b');
    expect(parseAuthorization(headers.get('authorization'))).toEqual(malformed);
  });
});
