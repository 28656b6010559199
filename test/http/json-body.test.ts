import { describe, expect, it } from 'bun:test';
import { readJsonBody } from '../../src/http/json-body.ts';
import { countedBody } from '../../src/http/request-body.ts';

const bounds = { maxBytes: 64, maxDepth: 3 };
function read(body: string | Uint8Array<ArrayBuffer> | null) {
  return readJsonBody(bodyOf(new Request('http://a/', { method: 'POST', body })), bounds);
}
function bodyOf(request: Request) {
  return countedBody(request, () => {});
}
function chunked(...chunks: (string | Error)[]): Request {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else if (typeof chunk === 'string') controller.enqueue(Buffer.from(chunk, 'latin1'));
      else controller.error(chunk);
    },
  });
  return new Request('http://a/', { method: 'POST', body });
}

describe('readJsonBody', () => {
  for (const text of ['{"a":[1,{"b":null}]}', '"x"', ' 1 ', '"[[[[{{{{"', '"\\"[[[["', '[[],[],[],[]]', '[[[]]]']) {
    it(`parses ${text}`, async () => {
      expect(await read(text)).toEqual({ ok: true, value: JSON.parse(text) });
    });
  }
  for (const body of [null, '', ' ', '{', '{"a":1,}', "{'a':1}", 'NaN', '1 2', ']', '"\n"']) {
    it(`finds ${JSON.stringify(body)} malformed`, async () => {
      expect(await read(body)).toEqual({ ok: false, reason: 'malformed' });
    });
  }
  for (const text of ['[[[[]]]]', '{"a":{"b":{"c":{}}}}', '[[["]",[', '["\\\\",[[[']) {
    it(`finds ${text} too deep`, async () => {
      expect(await read(text)).toEqual({ ok: false, reason: 'too_deep' });
    });
  }

  it('refuses bytes that are not UTF-8', async () => {
    expect(await read(Uint8Array.of(0x22, 0xff, 0x22))).toEqual({ ok: false, reason: 'not_utf8' });
  });
  it('ignores a byte order mark', async () => {
    expect(await read('\ufeff1')).toEqual({ ok: true, value: 1 });
  });
  it('joins a character cut by a chunk edge', async () => {
    expect(await readJsonBody(bodyOf(chunked('"\xc3', '\xa4"')), bounds)).toEqual({ ok: true, value: 'ä' });
  });
  it('takes a body of exactly the bound', async () => {
    expect((await read(`"${'a'.repeat(62)}"`)).ok).toBe(true);
  });
  it('refuses a larger body', async () => {
    expect(await read(`"${'a'.repeat(63)}"`)).toEqual({ ok: false, reason: 'too_large' });
  });
  it('stops reading a body without end and leaves the rest to others', async () => {
    const request = chunked(...Array<string>(1000).fill('  '));
    expect(await readJsonBody(bodyOf(request), bounds)).toEqual({ ok: false, reason: 'too_large' });
    expect(request.body?.locked).toBe(false);
  });
  it('passes on what breaks the body', async () => {
    const failure = await readJsonBody(bodyOf(chunked('{', new Error('gone'))), bounds).catch(String);
    expect(failure).toBe('Error: gone');
  });
});
