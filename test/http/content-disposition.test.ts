import { describe, expect, it } from 'bun:test';
import { attachmentDisposition } from '../../src/http/content-disposition.ts';

const rows: [fileName: string, expected: string][] = [
  ['fi-le_na.me', 'attachment; filename=fi-le_na.me'],
  ['a{b}~!#$%&.bin', 'attachment; filename=a{b}~!#$%&.bin'],
  ['a b.bin', 'attachment; filename="a b.bin"'],
  ['x(1).txt', 'attachment; filename="x(1).txt"'],
  ['a"b\\c', 'attachment; filename="a\\"b\\\\c"'],
  ['a;b=c', 'attachment; filename="a;b=c"'],
  ['dir/sub/file.txt', 'attachment; filename=file.txt'],
  ['../../etc/passwd', 'attachment; filename=passwd'],
  ['ä.bin', `attachment; filename="_.bin"; filename*=UTF-8''%C3%A4.bin`],
  ['😀"\'()*.bin', `attachment; filename="_\\"'()*.bin"; filename*=UTF-8''%F0%9F%98%80%22%27%28%29%2A.bin`],
  ['a\r\nSet-Cookie: x=1', 'attachment; filename="a__Set-Cookie: x=1"'],
  ['ä\u0000\u0085\u007f', `attachment; filename="____"; filename*=UTF-8''%C3%A4___`],
  ['\ud800.bin', `attachment; filename="_.bin"; filename*=UTF-8''%EF%BF%BD.bin`],
  ['', 'attachment'],
  ['dir/', 'attachment'],
  ['..', 'attachment'],
  ['a/.', 'attachment'],
];

describe('attachmentDisposition', () => {
  for (const [fileName, expected] of rows) {
    it(`names ${JSON.stringify(fileName)} as ${expected}`, () => {
      expect(attachmentDisposition(fileName)).toBe(expected);
    });
  }

  it('never lets out anything but printable ASCII', () => {
    for (let code = 0; code < 0x11000; code++) {
      expect(attachmentDisposition(`a${String.fromCodePoint(code)}b`)).toMatch(/^[\x20-\x7e]+$/);
    }
  });
});
