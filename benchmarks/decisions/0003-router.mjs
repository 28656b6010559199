// Decision 0003: own trie over decoded segments, or Hono's routers behind the same segments.
// Needs: npm install --no-save hono kysely (kysely is for 0004), wrk, and taskset on Linux.
// Run: npx bun benchmarks/decisions/0003-router.mjs [rounds] [seconds]
// First in-process matches per second, then requests per second over a mix of targets;
// every way stands behind Bun.serve's generated patterns (decision 0001) and is taken in turn.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unlink, writeFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { TrieRouter } from 'hono/router/trie-router';

/** About sixty routes in the manner of Gitea's and GitLab's package interfaces. */
const table = [];
const add = (methods, path) => { for (const method of methods.split(' ')) table.push([method, path]); };
add('GET HEAD PUT DELETE', '/api/packages/:owner/generic/:name/:version/:file');
add('DELETE', '/api/packages/:owner/generic/:name/:version');
add('GET HEAD PUT', '/api/packages/:owner/maven/:group/:artifact/:version/:file');
add('GET PUT', '/api/packages/:owner/npm/:name');
add('GET', '/api/packages/:owner/npm/:name/-/:version/:file');
add('GET PUT DELETE', '/api/packages/:owner/npm/-/package/:name/dist-tags/:tag');
add('GET', '/api/packages/:owner/pypi/simple/:name');
add('POST', '/api/packages/:owner/pypi');
add('GET', '/api/packages/:owner/pypi/files/:name/:version/:file');
add('GET', '/api/v1/packages/:owner');
add('GET', '/api/v1/packages/:owner/:type/:name');
add('GET DELETE', '/api/v1/packages/:owner/:type/:name/:version');
add('GET', '/api/v1/packages/:owner/:type/:name/:version/files');
add('GET', '/api/v1/packages/:owner/:type/:name/-/latest');
add('POST', '/api/v1/packages/:owner/:type/:name/-/link/:repository');
add('POST', '/api/v1/packages/:owner/:type/:name/-/unlink');
add('GET', '/api/v1/version');
add('GET', '/api/v1/user');
add('GET POST', '/api/v1/users/:user/tokens');
add('DELETE', '/api/v1/users/:user/tokens/:token');
add('GET HEAD PUT', '/api/v4/projects/:id/packages/generic/:name/:version/:file');
add('PUT', '/api/v4/projects/:id/packages/generic/:name/:version/:file/authorize');
add('GET', '/api/v4/projects/:id/packages');
add('GET DELETE', '/api/v4/projects/:id/packages/:package');
add('GET', '/api/v4/projects/:id/packages/:package/package_files');
add('DELETE', '/api/v4/projects/:id/packages/:package/package_files/:file');
add('GET', '/api/v4/projects/:id/packages/:package/pipelines');
add('GET', '/api/v4/groups/:id/packages');
add('GET POST', '/api/v4/projects/:id/packages/protection/rules');
add('PATCH DELETE', '/api/v4/projects/:id/packages/protection/rules/:rule');
add('GET', '/api/v4/projects/:id');
add('GET POST', '/api/v4/projects/:id/deploy_tokens');
add('GET DELETE', '/api/v4/projects/:id/deploy_tokens/:token');
add('GET', '/api/v4/user');
add('GET', '/api/v4/version');
add('GET', '/api/v4/personal_access_tokens/self');
add('GET', '/health/live');
add('GET', '/health/ready');
add('GET', '/metrics');

/** The own router, whole. */
function createTrie(routes) {
  const node = () => ({ literals: new Map(), param: null, methods: null });
  const root = node();
  for (const [method, path, handler] of routes) {
    let at = root;
    const names = [];
    for (const part of path.slice(1).split('/')) {
      if (part.startsWith(':')) {
        names.push(part.slice(1));
        at = at.param ??= node();
      } else {
        if (!at.literals.has(part)) at.literals.set(part, node());
        at = at.literals.get(part);
      }
    }
    at.methods ??= new Map();
    at.methods.set(method, { handler, names });
  }
  const find = (at, segments, index, values) => {
    if (index === segments.length) return at.methods === null ? null : at;
    const segment = segments[index];
    const literal = at.literals.get(segment);
    if (literal !== undefined) {
      const found = find(literal, segments, index + 1, values);
      if (found !== null) return found;
    }
    if (at.param === null || segment === '') return null;
    values.push(segment);
    const found = find(at.param, segments, index + 1, values);
    if (found === null) values.pop();
    return found;
  };
  return (method, segments) => {
    const values = [];
    const found = find(root, segments, 0, values);
    if (found === null) return { kind: 'not-found' };
    const entry = found.methods.get(method);
    if (entry === undefined) return { kind: 'not-allowed', allow: [...found.methods.keys()] };
    const params = {};
    for (let index = 0; index < values.length; index++) params[entry.names[index]] = values[index];
    return { kind: 'found', handler: entry.handler, params };
  };
}

const targets = [
  ['GET', '/api/packages/team/generic/tool/1.2.3/tool-linux-amd64.tar.gz'],
  ['GET', '/api/v4/projects/42/packages/generic/tool/1.2.3/tool.tar.gz'],
  ['GET', '/api/v4/projects/team%2Ftool/packages/generic/tool/1.2.3/tool.tar.gz'],
  ['GET', '/api/packages/team/generic/a%20tool/1.2.3/file%2Bname.bin'],
  ['GET', '/api/packages/team/maven/org.example/lib/2.0.1/lib-2.0.1.jar'],
  ['GET', '/api/v1/packages/team/generic/tool/1.2.3/files'],
  ['GET', '/api/v4/groups/7/packages'],
  ['GET', '/api/v4/projects/42/packages'],
  ['GET', '/api/v1/version'],
  ['GET', '/health/live'],
];
/** Every handler reads all its params, as a real one does, and answers a few bytes. */
const answer = (params) => {
  let length = 0;
  for (const name in params) length += params[name].length;
  return new Response(`${length}`);
};
const encodePath = (segments) => { let path = ''; for (const segment of segments) path += `/${encodeURIComponent(segment)}`; return path; };

function honoApp() {
  const app = new Hono({ getPath: (_request, options) => encodePath(options.env.segments) });
  for (const [method, path] of table) if (method !== 'HEAD') app.on(method, path, (context) => answer(context.req.param()));
  return (request, segments) => app.fetch(request, { segments });
}
/** The routes of the table that RegExpRouter takes, in order; it refuses a literal beside a parameter. */
function acceptedRoutes() {
  const accepted = [];
  for (const route of table) {
    const router = new RegExpRouter();
    try {
      for (const [method, path] of [...accepted, route]) router.add(method, path, answer);
      router.match(route[0], '/');
      accepted.push(route);
    } catch { /* UnsupportedPathError: left out, and counted below */ }
  }
  return accepted;
}
function alone(Router) {
  const router = new Router();
  for (const [method, path] of Router === RegExpRouter ? acceptedRoutes() : table) router.add(method, path, answer);
  return (method, segments) => {
    const [matches, stash] = router.match(method, encodePath(segments));
    if (matches.length === 0) return null;
    const [handler, at] = matches[0];
    const params = {};
    for (const name in at) params[name] = decodeURIComponent(stash === undefined ? at[name] : stash[at[name]]);
    return { handler, params };
  };
}
const ways = {
  none: () => (_request, segments) => answer(segments),
  trie: () => {
    const match = createTrie(table.map(([method, path]) => [method, path, answer]));
    return (request, segments) => {
      const found = match(request.method, segments);
      if (found.kind === 'found') return found.handler(found.params);
      if (found.kind === 'not-allowed') return new Response(null, { status: 405, headers: { allow: found.allow.join(', ') } });
      return new Response(null, { status: 404 });
    };
  },
  hono: () => honoApp(),
  'RegExpRouter alone, accepted routes': () => {
    const match = alone(RegExpRouter);
    return (request, segments) => { const found = match(request.method, segments); return found ? found.handler(found.params) : new Response(null, { status: 404 }); };
  },
  'none again': () => (_request, segments) => answer(segments),
};

function generatedRoutes(handle) {
  const routes = {};
  const extend = (names, length, empties) => {
    if (names.length < length) {
      extend([...names, `s${names.length}`], length, empties);
      if (empties > 0) extend([...names, ''], length, empties - 1);
    } else if (empties === 0) {
      routes[`/${names.map((name) => (name === '' ? '' : `:${name}`)).join('/')}`] = (request) => {
        const params = request.params;
        return handle(request, names.map((name) => (name === '' ? '' : params[name])));
      };
    }
  };
  for (const [empties, deepest] of [[0, 40], [1, 24], [2, 12]]) for (let length = Math.max(1, empties); length <= deepest; length++) extend([], length, empties);
  return routes;
}

const taskset = (core) => (Bun.which('taskset') ? ['taskset', '-c', String(core)] : []);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const report = (what, names, results, digits) => names.forEach((name, index) => {
  const ratios = results[index].map((value, round) => value / results[0][round]);
  console.log(JSON.stringify({ what, way: name, median: median(results[index]).toFixed(digits), min: Math.min(...results[index]).toFixed(digits), max: Math.max(...results[index]).toFixed(digits), ratioToFirst: median(ratios).toFixed(2), ratioMin: Math.min(...ratios).toFixed(2), ratioMax: Math.max(...ratios).toFixed(2) }));
});

async function agree() {
  for (const [method, path] of [...targets, ['PATCH', '/api/v1/version'], ['GET', '/api/v1/versions'], ['GET', '/a%252Fb'], ['GET', '/api/v4/projects/a%252Fb/packages']]) {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    const row = { method, path };
    for (const name of ['trie', 'hono', 'RegExpRouter alone, accepted routes']) {
      try {
        const response = await ways[name]()(new Request(`http://x${path}`, { method }), segments);
        row[name] = `${response.status} ${response.headers.get('allow') ?? await response.text()}`;
      } catch (error) { row[name] = String(error.constructor.name); }
    }
    console.log(JSON.stringify(row));
  }
}

function inProcess(rounds) {
  const match = createTrie(table.map(([method, path]) => [method, path, answer]));
  const candidates = { trie: (method, segments) => match(method, segments).params };
  for (const [name, Router] of [['RegExpRouter, accepted routes,', RegExpRouter], ['TrieRouter', TrieRouter]]) {
    const find = alone(Router);
    candidates[`${name} and encoded path`] = (method, segments) => find(method, segments).params;
  }
  const inputs = targets.map(([method, path]) => [method, path.slice(1).split('/').map(decodeURIComponent)]);
  const results = Object.keys(candidates).map(() => []);
  let kept = 0;
  for (let round = -1; round < rounds; round++) {
    Object.values(candidates).forEach((candidate, index) => {
      const times = 30_000;
      const started = performance.now();
      for (let time = 0; time < times; time++) for (const [method, segments] of inputs) for (const name in candidate(method, segments)) kept += name.length;
      if (round >= 0) results[index].push(((performance.now() - started) * 1e6) / (times * inputs.length));
    });
  }
  report('ns per match', Object.keys(candidates), results, 0);
  return kept;
}

const [first = '7', second = '3'] = process.argv.slice(2);
if (first === 'serve') {
  const handle = ways[second]();
  console.log(Bun.serve({ port: 0, hostname: '127.0.0.1', routes: generatedRoutes(handle), fetch: () => new Response('no', { status: 404 }) }).port);
} else {
  const accepted = acceptedRoutes();
  console.log(JSON.stringify({ routes: table.length, paths: new Set(table.map(([, path]) => path)).size, refusedByRegExpRouter: table.filter((route) => !accepted.includes(route)).map((route) => route.join(' ')) }));
  await agree();
  inProcess(Number(first));
  const script = join(tmpdir(), `targets-${process.pid}.lua`);
  await writeFile(script, `local paths = {${targets.map(([, path]) => JSON.stringify(path)).join(',')}}\nlocal at = 0\nrequest = function() at = at % #paths + 1; return wrk.format("GET", paths[at]) end\n`);
  const names = Object.keys(ways);
  const servers = [];
  for (const name of names) {
    const child = Bun.spawn([...taskset(0), process.execPath, import.meta.path, 'serve', name], { stdout: 'pipe' });
    for await (const chunk of child.stdout) { servers.push({ child, url: `http://127.0.0.1:${new TextDecoder().decode(chunk).trim()}/` }); break; }
    if (servers.at(-1)?.child !== child) throw new Error(`${name} did not start`);
  }
  const load = async (url, seconds) => {
    const text = await new Response(Bun.spawn([...taskset(1), 'wrk', '-t1', '-c32', `-d${seconds}s`, '-s', script, url], { stdout: 'pipe' }).stdout).text();
    if (/Non-2xx|Socket errors/.test(text)) console.log(text);
    return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  };
  const results = names.map(() => []);
  for (const { url } of servers) await load(url, 1);
  for (let round = 0; round < Number(first); round++) for (const [index, { url }] of servers.entries()) results[index].push(await load(url, Number(second)));
  report('requests per second', names, results, 0);
  for (const { child } of servers) child.kill();
  await unlink(script);
}
