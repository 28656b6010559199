// Decision 0001: does Bun.serve hand the raw, decoded path segments to handlers
// registered under generated patterns?  Run: npx bun benchmarks/decisions/0001-raw-request-target-check.ts
// Sends hand-picked, exhaustive and random targets through a raw socket, compares what the
// handler saw with this file's own splitting of the bytes sent, and exits 1 on a difference.
import net from 'node:net';

type Handler = (request: Bun.BunRequest<string>) => Response;
type Segments = readonly string[];

/** [empty segments, deepest path] for which patterns are generated. */
const limits = [[0, 40], [1, 24], [2, 12]] as const;

/** Every pattern: true is a parameter, false a literal empty segment. */
function patterns(): boolean[][] {
  const found: boolean[][] = [];
  const extend = (prefix: boolean[], length: number, empties: number): void => {
    if (prefix.length === length) {
      if (empties === 0) found.push(prefix);
      return;
    }
    extend([...prefix, true], length, empties);
    if (empties > 0) extend([...prefix, false], length, empties - 1);
  };
  for (const [empties, deepest] of limits) {
    for (let length = Math.max(1, empties); length <= deepest; length++) extend([], length, empties);
  }
  return found;
}

function generatedRoutes(answer: (request: Request, segments: Segments) => Response): Record<string, Handler> {
  const routes: Record<string, Handler> = {};
  for (const pattern of patterns()) {
    const names = pattern.map((isParam, index) => (isParam ? `s${index}` : ''));
    routes[`/${names.map((name) => (name === '' ? '' : `:${name}`)).join('/')}`] = (request) => {
      const params = request.params as Record<string, string>;
      return answer(request, names.map((name) => (name === '' ? '' : (params[name] ?? '<missing>'))));
    };
  }
  return routes;
}

const routes = generatedRoutes((request, segments) => Response.json({ segments, url: request.url }));
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  routes,
  fetch: (request) => Response.json({ segments: null, url: request.url }),
});
const port = server.port ?? 0;

type Seen = { status: number; segments: Segments | null; url: string };

/** Sends the targets down one connection, in order, and collects the answers. */
function send(targets: readonly Buffer[]): Promise<Seen[]> {
  return new Promise((resolve, reject) => {
    const seen: Seen[] = [];
    let pending: Buffer = Buffer.alloc(0);
    const socket = net.connect(port, '127.0.0.1', () => {
      for (const target of targets) socket.write(Buffer.concat([Buffer.from('GET '), target, Buffer.from(' HTTP/1.1\r\nHost: x\r\n\r\n')]));
    });
    const timer = setTimeout(() => { socket.destroy(); resolve(seen); }, 10_000);
    socket.on('error', reject);
    socket.on('close', () => { clearTimeout(timer); resolve(seen); });
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const end = pending.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = pending.subarray(0, end).toString('latin1');
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (pending.length < end + 4 + length) return;
        const status = Number(head.slice(9, 12));
        const body = pending.subarray(end + 4, end + 4 + length).toString();
        seen.push(status === 200 ? { status, ...(JSON.parse(body) as { segments: Segments | null; url: string }) } : { status, segments: null, url: '' });
        pending = pending.subarray(end + 4 + length);
        if (seen.length === targets.length) socket.end();
      }
    });
  });
}

/** The segments of the bytes sent, one decode each; null inside where the escape or the UTF-8 is broken. */
function expected(target: Buffer): (string | null)[] | null {
  const path = target.toString('latin1').split('?')[0] ?? '';
  const raw = path.slice(1).split('/');
  const empties = raw.filter((segment) => segment === '').length;
  if (!limits.some(([allowed, deepest]) => allowed === empties && raw.length <= deepest)) return null;
  return raw.map((segment) => {
    const bytes: number[] = [];
    for (let index = 0; index < segment.length; index++) {
      if (segment[index] !== '%') { bytes.push(segment.charCodeAt(index)); continue; }
      const hex = segment.slice(index + 1, index + 3);
      if (!/^[0-9a-f]{2}$/i.test(hex)) return null;
      bytes.push(Number.parseInt(hex, 16));
      index += 2;
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    } catch { return null; }
  });
}

const differences: string[] = [];
const counts = { right: 0, refused: 0, replaced: 0 };
let unmarked = 0;
async function check(targets: readonly Buffer[]): Promise<void> {
  const answers = await send(targets);
  targets.forEach((target, index) => {
    const answer = answers[index];
    const want = expected(target);
    const shown = JSON.stringify(target.toString('latin1'));
    if (answer === undefined || answer.status !== 200) { differences.push(`${shown}: no answer or ${answer?.status}`); return; }
    const got = answer.segments;
    if (want === null || got === null) {
      if (want === null && got === null) counts.refused++;
      else differences.push(`${shown}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
      return;
    }
    const broken = want.includes(null);
    const same = want.length === got.length && want.every((segment, at) => (segment === null ? (got[at] ?? '').includes('\uFFFD') : segment === got[at]));
    if (!same && broken && want.length === got.length && want.every((segment, at) => segment === null || segment === got[at])) {
      unmarked++;
      if (unmarked <= 10) console.log('broken bytes not marked by U+FFFD:', shown, JSON.stringify(got));
    } else if (!same) differences.push(`${shown}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
    else if (broken) counts.replaced++;
    else counts.right++;
  });
}

// 1. Every pattern, and one past every limit.
const exhaustive = patterns().map((pattern) => Buffer.from(`/${pattern.map((isParam, at) => (isParam ? `v${at}` : '')).join('/')}`));
await check(exhaustive);
const past = [Array(41).fill('a'), [...Array(24).fill('a'), ''], ['', ...Array(24).fill('a')], [...Array(11).fill('a'), '', ''], ['a', '', '', ''], ['', '', ''], Array(99).fill('a'), Array(101).fill('a'), Array(300).fill('a')];
await check(past.map((segments) => Buffer.from(`/${segments.join('/')}`)));

// 2. Hand-picked, printed.
const picked = ['/', '/a/../b', '/a/%2e%2E/b', '/a/./b', '/a/b/..', '/a\\b/c', '/a%5Cb', '/a%2Fb/c', '/a/..%2f..', '/a//b', '//a/b', '/a/b/', '/a/b//', '/a///b', '/a%252Fb', '/a/%00', '/a#b', '/a;b', '/a+b', '/:s0/*', '/a?x=//..', '/%C3%A4', '/\xc3\xa4', '/\xff', '/%ff', '/%zz', '/%', '/%EF%BF%BD', '/%EF%BB%BFa', '/%ED%A0%80'].map((target) => Buffer.from(target, 'latin1'));
await check(picked);
for (const [index, answer] of (await send(picked)).entries()) {
  console.log('%s %s %s', JSON.stringify(picked[index]?.toString('latin1')).padEnd(20), JSON.stringify(answer.segments).padEnd(28), answer.url);
}

// 3. Random targets, repeatable.
let state = 20261121;
const random = (below: number): number => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * below); };
const pieces = ['/', '/', '/', 'a', 'B', '0', '.', '..', '%2e', '%2E', '\\', '%5c', '%2f', '%2F', '%25', ':', '*', '#', '@', ';', '+', '%20', '%C3%A4', '\xc3\xa4', '%ff', '\xff', '%zz', '%', '%00', '?', '%3F', '%F0%9F%98%80'];
const rounds = Number(process.argv[2] ?? 100);
for (let round = 0; round < rounds; round++) {
  await check(Array.from({ length: 500 }, () => Buffer.from(`/${Array.from({ length: random(14) }, () => pieces[random(pieces.length)]).join('')}`, 'latin1')));
}

console.log(JSON.stringify({ patterns: exhaustive.length, randomTargets: rounds * 500, ...counts, unmarked, differences: differences.length }));
for (const difference of differences.slice(0, 20)) console.log('DIFFERENT', difference);
await server.stop(true);
process.exit(differences.length === 0 ? 0 : 1);
