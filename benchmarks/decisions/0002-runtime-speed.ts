// Decision 0002: Bun.serve beside node:http on the installed Node, and nginx if installed.
// Needs wrk (and taskset on Linux).  Run: npx bun benchmarks/decisions/0002-runtime-speed.ts [rounds] [seconds]
// One process each on core 0, wrk on core 1, taken in turn: 10 KiB from memory, 10 KiB file, 256 MiB file.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [rounds = 7, seconds = 3] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'runtime-speed-'));
await chmod(folder, 0o755); // nginx's worker may run as another user
await writeFile(join(folder, 'small'), Buffer.alloc(10 * 1024, 120));
await writeFile(join(folder, 'large'), Buffer.alloc(256 * 1024 * 1024, 120));

await writeFile(join(folder, 'bun.mjs'), `
const memory = new Uint8Array(10240).fill(120);
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch(request) {
  const path = request.url.slice(request.url.indexOf('/', 8));
  return new Response(path === '/memory' ? memory : Bun.file(${JSON.stringify(folder)} + path));
} });
console.log(server.port);`);
await writeFile(join(folder, 'node.mjs'), `
import http from 'node:http';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
const memory = Buffer.alloc(10240, 120);
const whole = process.argv[2] === 'readFile';
const server = http.createServer((request, response) => {
  const path = ${JSON.stringify(folder)} + request.url;
  if (request.url === '/memory') { response.writeHead(200, { 'content-length': memory.length }).end(memory); return; }
  const sent = whole && request.url === '/small'
    ? readFile(path).then((bytes) => { response.writeHead(200, { 'content-length': bytes.length }).end(bytes); })
    : stat(path).then((found) => pipeline(createReadStream(path, { highWaterMark: 262144 }), response.writeHead(200, { 'content-length': found.size })));
  sent.catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));`);
const nginxPort = 20_000 + (process.pid % 20_000);
await writeFile(join(folder, 'nginx.conf'), `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3; uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server { listen 127.0.0.1:${nginxPort}; root ${folder}; } }`);

const taskset = (core: number): string[] => (Bun.which('taskset') ? ['taskset', '-c', String(core)] : []);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const children: Bun.Subprocess[] = [];
async function start(...command: string[]): Promise<number> {
  const child = Bun.spawn([...taskset(0), ...command], { stdout: 'pipe', stderr: 'ignore' });
  children.push(child);
  for await (const chunk of child.stdout) return Number(new TextDecoder().decode(chunk));
  throw new Error(`${command.join(' ')} did not start`);
}
async function load(url: string, connections: number): Promise<{ requests: number; megabytes: number }> {
  const child = Bun.spawn([...taskset(1), 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, url], { stdout: 'pipe' });
  const text = await new Response(child.stdout).text();
  if (/Non-2xx/.test(text)) throw new Error(`${url}: ${text}`);
  const [, amount, unit] = /Transfer\/sec:\s+([\d.]+)(\w+)/.exec(text) ?? [];
  return { requests: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]), megabytes: Number(amount) * (unit === 'GB' ? 1024 : unit === 'KB' ? 1 / 1024 : 1) };
}

const ports: Record<string, number> = {
  bun: await start(process.execPath, join(folder, 'bun.mjs')),
  node: await start('node', join(folder, 'node.mjs'), 'stream'),
  'node-readFile': await start('node', join(folder, 'node.mjs'), 'readFile'),
  'bun-again': await start(process.execPath, join(folder, 'bun.mjs')),
};
if (Bun.which('nginx')) {
  children.push(Bun.spawn([...taskset(0), 'nginx', '-c', join(folder, 'nginx.conf')], { stdout: 'ignore', stderr: 'ignore' }));
  await Bun.sleep(500);
  ports['nginx'] = nginxPort;
}
console.log(JSON.stringify({ bun: Bun.version, node: (await new Response(Bun.spawn(['node', '--version']).stdout).text()).trim() }));
try {  
  for (const [kind, skip] of [['memory', ['node-readFile', 'nginx']], ['small', []], ['large', ['node-readFile']]] as const) {
    const names = Object.keys(ports).filter((name) => !(skip as readonly string[]).includes(name));
    const results = names.map((): number[] => []);
    for (let round = -1; round < rounds; round++) {
      for (const [index, name] of names.entries()) {
        const { requests, megabytes } = await load(`http://127.0.0.1:${ports[name]}/${kind}`, kind === 'large' ? 1 : 32);
        if (round >= 0) results[index]?.push(kind === 'large' ? megabytes : requests);
      }
    }
    for (const [index, name] of names.entries()) {
      const rates = results[index] ?? [];
      const ratios = rates.map((rate, round) => rate / (results[0]?.[round] ?? Number.NaN));
      console.log(JSON.stringify({ kind, unit: kind === 'large' ? 'MiB/s' : 'requests/s', server: name, median: Math.round(median(rates)), min: Math.round(Math.min(...rates)), max: Math.round(Math.max(...rates)), ratioToBun: median(ratios).toFixed(2), ratioMin: Math.min(...ratios).toFixed(2), ratioMax: Math.max(...ratios).toFixed(2) }));
    }
  }
} finally {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.exited));
  await rm(folder, { recursive: true });
}
