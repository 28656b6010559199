// Decision 0002: can the server give itself a larger pool for file work by running itself anew
// (process.execve), what does it cost, and does it keep slow syncs from delaying reads?
// Run on Linux: npx bun benchmarks/decisions/0002-thread-pool.ts   (second part needs strace)
import { chmod, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const compiled = Bun.main.startsWith('/$bunfs/');
const ownArguments = process.argv.slice(2);
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Prints pid and pool size, having run itself anew if the size was not given. */
function rerun(): void {
  if (process.env['UV_THREADPOOL_SIZE'] === undefined) {
    const again = compiled ? ownArguments : [...process.execArgv, Bun.main, ...ownArguments];
    process.execve?.(process.execPath, [process.execPath, ...again], { ...(process.env as Record<string, string>), UV_THREADPOOL_SIZE: '64' });
  }
  console.log(JSON.stringify({ pid: process.pid, size: process.env['UV_THREADPOOL_SIZE'], execArgv: process.execArgv, given: ownArguments }));
}

async function serve(folder: string): Promise<void> {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    routes: {
      '/file': () => new Response(Bun.file(join(folder, 'small'))),
      '/large': () => new Response(Bun.file(join(folder, 'large'))),
      '/range': () => new Response(Bun.file(join(folder, 'large')).slice(100, 10_340), { status: 206 }),
      '/stream': () => new Response(Bun.file(join(folder, 'small')).stream()),
      '/stat': async () => new Response(String((await stat(join(folder, 'small'))).size)),
      '/read': async () => new Response(await readFile(join(folder, 'small'))),
      '/sync/:name': async (request) => {
        const handle = await open(join(folder, request.params.name), 'w');
        await handle.write('x');
        await handle.sync();
        await handle.close();
        return new Response('synced');
      },
    },
  });
  console.log(server.port);
}

async function costOfRerun(folder: string): Promise<void> {
  const executable = join(folder, 'self');
  const built = Bun.spawnSync([process.execPath, 'build', '--compile', '--outfile', executable, import.meta.path]);
  if (built.exitCode !== 0) throw new Error(built.stderr.toString());
  await chmod(executable, 0o755);
  for (const [form, command] of [['source', [process.execPath, '--no-env-file', import.meta.path]], ['executable', [executable]]] as const) {
    const { UV_THREADPOOL_SIZE: _, ...bare } = process.env;
    const times = { plain: [] as number[], rerun: [] as number[] };
    let keptPid = true;
    let line = '';
    for (let round = -1; round < 15; round++) {
      for (const way of ['plain', 'rerun'] as const) {
        const started = performance.now();
        const child = Bun.spawn([...command, 'rerun', 'an argument'], { stdout: 'pipe', env: way === 'plain' ? { ...bare, UV_THREADPOOL_SIZE: '64' } : bare });
        line = await new Response(child.stdout).text();
        await child.exited;
        if (round >= 0) times[way].push(performance.now() - started);
        const said = JSON.parse(line) as { pid: number; size: string };
        keptPid &&= said.pid === child.pid && said.size === '64';
      }
    }
    const added = times.rerun.map((time, round) => time - (times.plain[round] ?? Number.NaN));
    console.log(JSON.stringify({ form, keptPid, plainMs: median(times.plain).toFixed(1), rerunMs: median(times.rerun).toFixed(1), addedMs: median(added).toFixed(1), addedMin: Math.min(...added).toFixed(1), addedMax: Math.max(...added).toFixed(1), said: line.trim() }));
  }
}

async function readsBesideSlowSyncs(folder: string): Promise<void> {
  const strace = Bun.which('strace');
  if (strace === null) { console.log('no strace, second part left out'); return; }
  await writeFile(join(folder, 'small'), Buffer.alloc(10 * 1024, 120));
  await writeFile(join(folder, 'large'), Buffer.alloc(4 * 1024 * 1024, 120));
  const { UV_THREADPOOL_SIZE: _, ...bare } = process.env;
  for (const [size, syncs] of [['default', 0], ['default', 2], ['default', 4], ['64', 2], ['64', 16]] as const) {
    const child = Bun.spawn([strace, '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:delay_enter=300000', process.execPath, import.meta.path, 'serve', folder], { stdout: 'pipe', env: size === 'default' ? bare : { ...bare, UV_THREADPOOL_SIZE: size } });
    let origin = '';
    for await (const chunk of child.stdout) { origin = `http://127.0.0.1:${new TextDecoder().decode(chunk).trim()}`; break; }
    let running = true;
    let synced = 0;
    const writers = Array.from({ length: syncs }, async (_unused, name) => { while (running) { await (await fetch(`${origin}/sync/${name}`)).text(); synced++; } });
    await Bun.sleep(100);
    const maxima: Record<string, string> = {};
    for (const path of ['file', 'large', 'range', 'stream', 'stat', 'read']) {
      const delays: number[] = [];
      const began = performance.now();
      while (performance.now() - began < 1500) {
        const started = performance.now();
        await (await fetch(`${origin}/${path}`)).bytes();
        delays.push(performance.now() - started);
        await Bun.sleep(7);
      }
      maxima[path] = `${median(delays).toFixed(1)} / ${Math.max(...delays).toFixed(1)}`;
    }
    running = false;
    await Promise.all(writers);
    console.log(JSON.stringify({ poolSize: size, syncsInFlight: syncs, synced, medianAndMaxMs: maxima }));
    // strace ends with the process it traces, so that one is ended, by its id.
    const traced = Number((await Bun.file(`/proc/${child.pid}/task/${child.pid}/children`).text()).trim().split(' ')[0]);
    if (traced > 1) process.kill(traced, 'SIGTERM');
    else child.kill();
    await child.exited;
  }
}

const [first, second] = ownArguments;
if (first === 'rerun') rerun();
else if (first === 'serve') await serve(second ?? '');
else {
  const folder = await mkdtemp(join(tmpdir(), 'thread-pool-'));
  console.log(JSON.stringify({ bun: Bun.version, cores: navigator.hardwareConcurrency, execve: typeof process.execve }));
  await costOfRerun(folder);
  await readsBesideSlowSyncs(folder);
  await rm(folder, { recursive: true });
}
