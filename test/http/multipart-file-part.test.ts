import { describe, expect, it } from 'bun:test';
import { MultipartError, openFirstFilePart } from '../../src/http/multipart-file-part.ts';

const formType = 'multipart/form-data; boundary=B';

function streamOf(chunks: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const remaining = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const next = remaining.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

/** The file's bytes as latin1 text, or the message of the MultipartError after what was read. */
async function read(chunks: Iterable<Uint8Array>, contentType = formType): Promise<string> {
  const received: Uint8Array[] = [];
  try {
    for await (const chunk of openFirstFilePart(streamOf(chunks), contentType)) received.push(chunk);
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    return `error: ${error.message}`;
  }
  return Buffer.concat(received).toString('latin1');
}

async function expectHowever(text: string, expected: string, contentType?: string): Promise<void> {
  const bytes = Buffer.from(text, 'latin1');
  expect(await read(Array.from(bytes, (byte) => Uint8Array.of(byte)), contentType)).toBe(expected);
  for (let at = 0; at <= bytes.byteLength; at++) {
    expect(await read([bytes.subarray(0, at), bytes.subarray(at)], contentType)).toBe(expected);
  }
}

function filePart(content: string, filename = 'filename="f"'): string {
  return `--B\r\nContent-Disposition: form-data; name="file"; ${filename}\r\nContent-Type: a/b\r\n\r\n${content}\r\n`;
}
const field = '--B\r\nContent-Disposition: form-data; name="x; filename=y"\r\n\r\nvalue\r\n';

describe('openFirstFilePart, wherever the body is cut into chunks', () => {
  const tricky = [
    '\r\n', '\r', '\n', '--B', '--B--', '\r\n--', '\r\n--A', '\r\r\n-', '\r\n\r\n--', '\r\n--BB\r\nx',
    '\r\n--B x', '\r\n--B-x', '\r\n--B\rx', '\r\n\r\n', 'a\r\n--', '\x00\xff\r\n-\r\n--',
  ];
  const rows: [what: string, body: string, expected: string][] = [
    ['a file', `${filePart('hello')}--B--\r\n`, 'hello'],
    ['an empty file', `${filePart('')}--B--\r\n`, ''],
    ['an end without a line break', `${filePart('hello')}--B--`, 'hello'],
    ['preamble and epilogue', `pre --B\r\namble\r\n${filePart('hello')}--B--\r\nepilogue\r\n--B\r\n`, 'hello'],
    ['fields around the file', `${field}${filePart('hello')}${field}--B--\r\n`, 'hello'],
    ['two files', `${filePart('first')}${filePart('second')}--B--\r\n`, 'first'],
    ['padding after boundaries', filePart('hello').replace('--B', '--B \t ') + '--B--  \r\n', 'hello'],
    ['an empty part without its own line break', `--B\r\nContent-Disposition: form-data; filename=f\r\n\r\n--B--`, ''],
    ['a part without headers', `--B\r\n\r\nplain\r\n${filePart('hello')}--B--`, 'hello'],
    ...tricky.map((text): [string, string, string] => [
      `content like ${JSON.stringify(text)}`,
      `${filePart(`a${text}`)}--B--\r\n`,
      `a${text}`,
    ]),
    ['content that starts like a delimiter', `${filePart('\r\n--Bx')}--B--\r\n`, '\r\n--Bx'],
    ['no file', `${field}--B--\r\n`, 'error: http: no such file'],
    ['no part', '--B--\r\n', 'error: http: no such file'],
    ['an empty body', '', 'error: multipart: NextPart: EOF'],
    ['no closing delimiter', filePart('hello'), 'error: multipart: NextPart: EOF'],
    ['half a closing delimiter', `${filePart('hello')}--B-`, 'error: multipart: NextPart: EOF'],
    ['a cut after the file', `${filePart('hello')}${field}`, 'error: multipart: NextPart: EOF'],
  ];
  for (const [what, body, expected] of rows) {
    it(`reads ${what}`, () => expectHowever(body, expected));
  }

  it('reads a long boundary in quotes', async () => {
    const boundary = `${'-'.repeat(60)}(a)/:=? '`;
    const body = `--${boundary}x\r\nContent-Disposition: form-data; filename=f\r\n\r\nhello\r\n--${boundary}x--`;
    await expectHowever(body, 'hello', `Multipart/Form-Data; charset=utf-8; Boundary="${boundary}x"`);
  });
  it('fails wherever the body ends too early', async () => {
    const body = Buffer.from(`${field}${filePart('hello')}--B--`);
    for (let length = 0; length < body.byteLength; length++) {
      expect(await read([body.subarray(0, length)])).toBe('error: multipart: NextPart: EOF');
    }
  });
});

describe('openFirstFilePart', () => {
  for (const filename of ['filename=f', 'FileName = "f"', 'filename=""', 'filename="a\\"b"', `filename*=UTF-8''f`, 'a="\\"; b"; filename=f', '; filename="C:\\"']) {
    it(`takes a part with ${filename} for a file`, async () => {
      expect(await read([Buffer.from(`${filePart('hello', filename)}--B--`)])).toBe('hello');
    });
  }
  for (const parameters of ['a="; filename=f"', 'filenames=f', 'a="\\"; filename=f"']) {
    it(`takes a part with ${parameters} for a field`, async () => {
      const body = Buffer.from(`${filePart('hello', parameters)}--B--`);
      expect(await read([body])).toBe('error: http: no such file');
    });
  }
  it('reads a header in any case, and one folded over lines', async () => {
    const body = '--B\r\nX: y\r\ncontent-DISPOSITION : form-data;\r\n\tfilename=f\r\n\r\nhello\r\n--B--';
    expect(await read([Buffer.from(body)])).toBe('hello');
  });

  for (const contentType of [
    '', 'text/plain', 'multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=""',
    'multipart/form-datax; boundary=B', 'multipart/mixed; boundary=B', 'multipart/form-data; xboundary=B',
    `multipart/form-data; boundary=${'B'.repeat(71)}`, 'multipart/form-data; boundary="B "', 'multipart/form-data; boundary=ä',
  ]) {
    it(`finds no boundary in "${contentType.slice(0, 50)}"`, async () => {
      const body = Buffer.from(`${filePart('hello')}--B--`);
      expect(await read([body], contentType)).toBe('error: no multipart boundary param in Content-Type');
    });
  }

  it('takes 16 KiB of part headers and not more', async () => {
    const headersOf = (size: number) => {
      const rest = '\r\nContent-Disposition: form-data; filename=f\r\nX: ';
      return `--B${rest}${'x'.repeat(size - rest.length)}\r\n\r\nhello\r\n--B--`;
    };
    expect(await read([Buffer.from(headersOf(16_384))])).toBe('hello');
    expect(await read([Buffer.from(headersOf(16_385))])).toBe('error: multipart: NextPart: EOF');
  });
  it('gives up on headers without end', async () => {
    let sentBytes = 0;
    function* endless(): Generator<Uint8Array> {
      yield Buffer.from('--B\r\n');
      for (;;) {
        sentBytes += 1000;
        yield Buffer.alloc(1000, 'x');
      }
    }
    expect(await read(endless())).toBe('error: multipart: NextPart: EOF');
    expect(sentBytes).toBeLessThan(30_000);
  });
  it('yields the file as it arrives, holding back no more than a delimiter', async () => {
    let sentBytes = 0;
    function* large(): Generator<Uint8Array> {
      yield Buffer.from(filePart('').slice(0, -2));
      for (let count = 0; count < 1000; count++) {
        sentBytes += 65_536;
        yield Buffer.alloc(65_536, '\r\n--A');
      }
      yield Buffer.from('\r\n--B--');
    }
    let receivedBytes = 0;
    for await (const chunk of openFirstFilePart(streamOf(large()), formType)) {
      receivedBytes += chunk.byteLength;
      expect(sentBytes - receivedBytes).toBeLessThan(2 * 65_536 + 10);
    }
    expect(receivedBytes).toBe(65_536_000);
  });
  it('passes on what breaks the body', async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('gone')),
    });
    expect(await Array.fromAsync(openFirstFilePart(body, formType)).catch(String)).toBe('Error: gone');
  });
  it('leaves the body unlocked when the reader stops or the form is bad', async () => {
    const left = streamOf([Buffer.from(filePart('hello')), Buffer.from('rest')]);
    for await (const _ of openFirstFilePart(left, formType)) break;
    expect(left.locked).toBe(false);
    const bad = streamOf([Buffer.from('--B--')]);
    expect(await Array.fromAsync(openFirstFilePart(bad, formType)).catch((error: unknown) => error)).toBeInstanceOf(MultipartError);
    expect(bad.locked).toBe(false);
  });
  it('reads what a real client sends to a real server', async () => {
    using server = Bun.serve({
      port: 0,
      async fetch(request) {
        if (request.body === null) return new Response(null, { status: 400 });
        const type = request.headers.get('content-type') ?? '';
        const hash = new Bun.CryptoHasher('sha256');
        for await (const chunk of openFirstFilePart(request.body, type)) hash.update(chunk);
        return new Response(hash.digest('hex'));
      },
    });
    const content = crypto.getRandomValues(new Uint8Array(60_000));
    const blob = new Blob(Array<Uint8Array<ArrayBuffer>>(100).fill(content));
    const form = new FormData();
    form.append('note', 'text');
    form.append('file', blob, 'a.bin');
    const answer = await fetch(server.url, { method: 'POST', body: form });
    expect(await answer.text()).toBe(Bun.SHA256.hash(await blob.bytes(), 'hex'));
  });
});
