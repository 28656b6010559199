// Decision 0001: requests per second of the ways to know the raw request target, and the
// start-up cost of the generated patterns.  Needs wrk (and taskset on Linux).
// Run: npx bun benchmarks/decisions/0001-raw-request-target-speed.ts [rounds] [seconds]
// One server process per way, all pinned to core 0, wrk to core 1, ways taken in turn.
import { createReadStream } from 'node:fs';
import { readFile, stat, unlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const bodyBytes = 10 * 1024;
const limits = [[0, 40], [1, 24], [2, 12]] as const;
type Handler = (request: Bun.BunRequest<string>) => Response;
type Segments = readonly string[];

function generatedRoutes(answer: (segments: Segments) => Response): Record<string, Handler> {
  const routes: Record<string, Handler> = {};
  const extend = (names: string[], length: number, empties: number): void => {
    if (names.length < length) {
      extend([...names, `s${names.length}`], length, empties);
      if (empties > 0) extend([...names, ''], length, empties - 1);
    } else if (empties === 0) {
      routes[`/${names.map((name) => (name === '' ? '' : `:${name}`)).join('/')}`] = (request) => {
        const params = request.params as Record<string, string>;
        return answer(names.map((name) => (name === '' ? '' : (params[name] ?? ''))));
      };
    }
  };
  for (const [empties, deepest] of limits) for (let length = Math.max(1, empties); length <= deepest; length++) extend([], length, empties);
  return routes;
}

/** What every way does with the segments: choose memory or file by the last but one. */
function bodyFor(segments: Segments, memory: Uint8Array, path: string): Response {
  return new Response(segments.at(-2) === 'memory' ? memory : Bun.file(path));
}

const splitAndDecode = (path: string): Segments => path.slice(1).split('/').map(decodeURIComponent);

function serve(way: string, path: string): void {
  const memory = new Uint8Array(bodyBytes).fill(120);
  const listen = { port: 0, hostname: '127.0.0.1' };
  const refuse = (): Response => new Response('no', { status: 404 });
  const pathOf = (url: string): string => url.slice(url.indexOf('/', 8));
  if (way.startsWith('node-http')) {
    const server = http.createServer((request, response) => {
      const segments = splitAndDecode(request.url ?? '/');
      if (segments.at(-2) === 'memory') { response.writeHead(200, { 'content-length': bodyBytes }).end(memory); return; }
      const sent = way === 'node-http-readFile'
        ? readFile(path).then((bytes) => { response.writeHead(200, { 'content-length': bytes.length }).end(bytes); })
        : stat(path).then((found) => pipeline(createReadStream(path), response.writeHead(200, { 'content-length': found.size })));
      sent.catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
    return;
  }
  const started = performance.now();
  const server =
    way === 'routes' ? Bun.serve({ ...listen, routes: generatedRoutes((segments) => bodyFor(segments, memory, path)), fetch: refuse })
    : way === 'fetch-split' ? Bun.serve({ ...listen, fetch: (request) => bodyFor(splitAndDecode(pathOf(request.url)), memory, path) })
    : Bun.serve({ ...listen, fetch: (request) => new Response(request.url.includes('/memory/') ? memory : Bun.file(path)) });
  const startedMs = performance.now() - started;
  console.log(server.port, startedMs);
}

const taskset = (core: number): string[] => (Bun.which('taskset') ? ['taskset', '-c', String(core)] : []);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function start(way: string, path: string): Promise<{ port: number; startedMs: number; stop(): void }> {
  const child = Bun.spawn([...taskset(0), process.execPath, import.meta.path, 'serve', way, path], { stdout: 'pipe' });
  for await (const chunk of child.stdout) {
    const [port, startedMs] = new TextDecoder().decode(chunk).trim().split(' ').map(Number);
    return { port: port ?? 0, startedMs: startedMs ?? Number.NaN, stop: () => child.kill() };
  }
  throw new Error(`${way} did not start`);
}

async function load(url: string, seconds: number): Promise<number> {
  const child = Bun.spawn([...taskset(1), 'wrk', '-t1', '-c32', `-d${seconds}s`, url], { stdout: 'pipe' });
  const text = await new Response(child.stdout).text();
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`${url}: ${text}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
}

async function measure(rounds: number, seconds: number): Promise<void> {
  const path = join(tmpdir(), `body-${process.pid}.bin`);
  await writeFile(path, Buffer.alloc(bodyBytes, 120));
  const startUp: Record<string, number[]> = { fetch: [], routes: [] };
  for (let round = 0; round < 15; round++) {
    for (const way of Object.keys(startUp)) {
      const server = await start(way, path);
      startUp[way]?.push(server.startedMs);
      server.stop();
    }
  }
  for (const [way, times] of Object.entries(startUp)) console.log(JSON.stringify({ startUpMs: way, median: median(times).toFixed(2), min: Math.min(...times).toFixed(2), max: Math.max(...times).toFixed(2) }));

  const ways = ['fetch', 'routes', 'node-http', 'node-http-readFile', 'fetch-split', 'fetch-again'];
  const servers = await Promise.all(ways.map((way) => start(way, path)));
  for (const kind of ['memory', 'file']) {
    const results = ways.map((): number[] => []);
    for (const server of servers) await load(`http://127.0.0.1:${server.port}/api/packages/team/generic/tool/1.2.3/${kind}/tool.bin`, 1);
    for (let round = 0; round < rounds; round++) {
      for (const [index, server] of servers.entries()) results[index]?.push(await load(`http://127.0.0.1:${server.port}/api/packages/team/generic/tool/1.2.3/${kind}/tool.bin`, seconds));
    }
    for (const [index, rates] of results.entries()) {
      const ratios = rates.map((rate, round) => rate / (results[0]?.[round] ?? Number.NaN));
      console.log(JSON.stringify({ kind, way: ways[index], median: Math.round(median(rates)), min: Math.round(Math.min(...rates)), max: Math.round(Math.max(...rates)), ratioToFetch: median(ratios).toFixed(2), ratioMin: Math.min(...ratios).toFixed(2), ratioMax: Math.max(...ratios).toFixed(2) }));
    }
  }
  for (const server of servers) server.stop();
  await unlink(path);
}

const [first, second, third] = process.argv.slice(2);
if (first === 'serve') serve(second ?? '', third ?? '');
else await measure(Number(first ?? 7), Number(second ?? 3));
