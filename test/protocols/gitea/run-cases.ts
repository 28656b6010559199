import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { NoAnswerError, rawRequest, type RawResponse } from '../../support/raw-http.ts';
import type { Exchange, Expectation, Names, ProtocolCase } from './protocol-case.ts';
import { openWorld } from './open-world.ts';
import { basic, type World } from './setup.ts';

export interface RunOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** What must stand before the first case: accounts, organisations, files. */
  readonly prepare?: (world: World) => Promise<void>;
}

let packages = 0;

/** Runs a table of cases against one server on a fresh folder. */
export function runCases(title: string, cases: readonly ProtocolCase[], options: RunOptions = {}): void {
  describe(title, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(options.settings);
      await world.token('alice');
      await options.prepare?.(world);
    });
    for (const one of cases) {
      it(`${one.row}: ${one.it}`, async () => await play(world, one), 20_000);
    }
    it('logged no internal error and no secret', () => {
      const lines = world.server.logLines;
      expect(lines.filter((line) => /"status":\s*5\d\d/.test(line))).toEqual([]);
      const secrets = [...world.secrets];
      expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    });
    afterAll(async () => await world.server.stop());
  });
}

async function play(world: World, one: ProtocolCase): Promise<void> {
  packages += 1;
  const names: Names = new Map([
    ['p', `c${packages}`],
    ['owner', one.owner ?? 'alice'],
  ]);
  for (const step of one.steps) {
    if (typeof step === 'function') await step(world, names);
    else await exchange(world, names, step);
  }
}

/** Sends one request and holds its answer against what is expected. */
async function exchange(world: World, names: Names, step: Exchange): Promise<void> {
  const wire = await encode(world, names, step);
  if (step.promisedBytes !== undefined) return await breakOff(world.port, wire);
  const answer = await rawRequest(world.port, wire);
  const saw = `${step.method} ${await world.fill(step.target, names)}`;
  await compare(world, names, { saw, answer, step });
  for (const [name, header] of Object.entries(step.keep ?? {})) {
    names.set(name, answer.headers.get(header)?.[0] ?? '');
  }
  await step.check?.(answer, world);
}

/** Sends part of a request and hangs up: whatever is answered, if anything, is a refusal. */
async function breakOff(port: number, wire: Uint8Array): Promise<void> {
  try {
    const answer = await rawRequest(port, wire, { cut: true, timeoutMs: 2000 });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
  }
}

async function encode(world: World, names: Names, step: Exchange): Promise<Uint8Array> {
  const fill = async (text: string): Promise<string> => await world.fill(text, names);
  const relative = step.target.startsWith('/') || step.target === '*' ? '' : '/api/packages/{owner}/generic/';
  const target = await fill(relative + step.target);
  const given = Array.isArray(step.headers) ? step.headers : Object.entries(step.headers ?? {});
  const lines = [`${step.method} ${target} HTTP/1.1`];
  if (!given.some(([name]) => name === 'Host')) lines.push(`Host: 127.0.0.1:${world.port}`);
  for (const [name, value] of given) if (value !== '') lines.push(`${name}: ${await fill(value)}`);
  const credential =
    step.basic === undefined
      ? await world.authorization(step.as ?? 'alice')
      : basic(await fill(step.basic[0]), await fill(step.basic[1]));
  if (credential !== null && !given.some(([name]) => name === 'Authorization')) {
    lines.push(`Authorization: ${credential}`);
  }
  const text = step.send === undefined ? step.body : await fill(JSON.stringify(step.send));
  if (step.send !== undefined) lines.push('Content-Type: application/json');
  const body = Buffer.from(text ?? '');
  if (step.chunkBytes !== undefined) {
    lines.push('Transfer-Encoding: chunked');
    return message(lines, Buffer.concat(chunks(body, step.chunkBytes, step.promisedBytes === undefined)));
  }
  if (text !== undefined) lines.push(`Content-Length: ${step.promisedBytes ?? body.length}`);
  return message(lines, body);
}

/** Heads are written byte for byte: a character up to U+00FF in a target is that byte. */
function message(lines: readonly string[], body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

function chunks(body: Buffer, size: number, whole: boolean): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  if (whole) parts.push(Buffer.from('0\r\n\r\n'));
  return parts;
}

async function compare(
  world: World,
  names: Names,
  { saw, answer, step }: { saw: string; answer: RawResponse; step: Exchange },
): Promise<void> {
  const wanted: Expectation = step.expect;
  const header = (name: string): string | null => answer.headers.get(name)?.join(', ') ?? null;
  const seen: Record<string, unknown> = { request: saw, status: answer.status };
  const right: Record<string, unknown> = { request: saw, status: wanted.status };
  const add = (what: string, actual: unknown, wish: unknown): void => {
    seen[what] = actual;
    right[what] = wish instanceof RegExp ? expect.stringMatching(wish) : wish;
  };
  for (const [name, wish] of Object.entries(wanted.headers ?? {})) {
    add(name, header(name), typeof wish === 'string' ? await world.fill(wish, names) : wish);
  }
  if (wanted.fromRuntime !== true) {
    add('x-content-type-options', header('x-content-type-options'), 'nosniff');
    add('x-frame-options', header('x-frame-options'), 'SAMEORIGIN');
    add('x-request-id', header('x-request-id'), /^\S+$/);
  }
  if (wanted.allow !== undefined) {
    add('allow', header('allow')?.split(/, */).toSorted(), wanted.allow.toSorted());
  }
  if (step.method === 'HEAD') add('body', answer.text, '');
  else if (wanted.body !== undefined) {
    add('body', answer.text, typeof wanted.body === 'string' ? await world.fill(wanted.body, names) : wanted.body);
  }
  // What the server said belongs to the message when only the status differs.
  else if (answer.status !== wanted.status) add('body', answer.text, expect.anything());
  expect(seen).toEqual(right);
  if (step.method === 'HEAD') return;
  if (wanted.json !== undefined || wanted.jsonLike !== undefined) {
    expect([saw, header('content-type')]).toEqual([saw, 'application/json;charset=utf-8']);
    expect(answer.text.endsWith('\n')).toBe(true);
  }
  if (wanted.json !== undefined) {
    expect(JSON.parse(answer.text)).toEqual(await fillJson(world, names, wanted.json));
  }
  if (wanted.jsonLike !== undefined) {
    expect(JSON.parse(answer.text)).toMatchObject(Object(await fillJson(world, names, wanted.jsonLike)));
  }
}

/** Fills the placeholders of plain values; matchers such as `expect.any(Number)` stay as they are. */
async function fillJson(world: World, names: Names, value: unknown): Promise<unknown> {
  if (typeof value === 'string') return await world.fill(value, names);
  if (Array.isArray(value)) {
    return await Promise.all(value.map(async (one: unknown) => await fillJson(world, names, one)));
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const filled: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) filled[key] = await fillJson(world, names, one);
  return filled;
}
