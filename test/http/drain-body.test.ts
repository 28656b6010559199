import { describe, expect, it } from 'bun:test';
import { drainBody } from '../../src/http/drain-body.ts';

const bounds = { maxBytes: 10, timeoutMs: 5000, idleMs: 1_000 };
function bodyOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(Buffer.from(chunk));
      controller.close();
    },
  });
}

describe('drainBody', () => {
  it('has nothing to do without a body', async () => {
    expect(await drainBody(null, bounds)).toBe('ended');
  });
  it('reads a body of exactly the bound to its end', async () => {
    expect(await drainBody(bodyOf('12345', '67890'), bounds)).toBe('ended');
  });
  it('stops after the bound and cancels the rest', async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('123456')),
      cancel: () => void (cancelled = true),
    });
    expect(await drainBody(endless, bounds)).toBe('bound_reached');
    expect(cancelled).toBe(true);
  });
  it('stops waiting after the timeout, even if cancelling fails', async () => {
    const silent = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => {}),
      cancel: () => Promise.reject(new Error('no')),
    });
    expect(await drainBody(silent, { maxBytes: 10, timeoutMs: 5, idleMs: 1_000 })).toBe('bound_reached');
  });
  it('stops waiting for a client that sends nothing more, and not for one that goes on sending', async () => {
    const pieces = ['1', '2', '3', '4'];
    let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
    const slow = new ReadableStream<Uint8Array>({
      start: (given) => void (controller = given),
      pull: async () => {
        const piece = pieces.shift();
        if (piece === undefined) return new Promise(() => {});
        await Bun.sleep(20);
        controller?.enqueue(Buffer.from(piece));
      },
    });
    const startMs = performance.now();
    expect(await drainBody(slow, { maxBytes: 10, timeoutMs: 60_000, idleMs: 200 })).toBe('bound_reached');
    expect(pieces).toEqual([]);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(200);
  });
  it('reports a body that fails', async () => {
    const failing = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('gone')),
    });
    expect(await drainBody(failing, bounds)).toBe('broken');
  });
  it('leaves a body somebody else holds alone', async () => {
    const body = bodyOf('1');
    body.getReader();
    expect(await drainBody(body, bounds)).toBe('ended');
  });
  it('is content with a body that was used', async () => {
    const request = new Request('http://a/', { method: 'PUT', body: 'abc' });
    const body = request.body;
    await request.text();
    expect(await drainBody(body, bounds)).toBe('ended');
    expect(await drainBody(request.body, bounds)).toBe('ended');
  });
  it('drains what a server has not read of a request', async () => {
    const results: string[] = [];
    using server = Bun.serve({
      port: 0,
      async fetch(request) {
        results.push(await drainBody(request.body, { maxBytes: 1 << 22, timeoutMs: 5000, idleMs: 1_000 }));
        return new Response('refused', { status: 403 });
      },
    });
    const answer = await fetch(server.url, { method: 'PUT', body: new Uint8Array(1 << 22) });
    expect([answer.status, await answer.text(), ...results]).toEqual([403, 'refused', 'ended']);
  });
});
