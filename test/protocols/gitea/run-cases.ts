import { afterAll, beforeAll, describe, expect, it } from 'bun:test';
import { rawRequest } from '../../support/raw-http.ts';
import { breakOff } from '../break-off.ts';
import { compareAnswer } from '../compare-answer.ts';
import { encodeRequest } from '../encode-request.ts';
import type { Exchange, Names, ProtocolCase } from './protocol-case.ts';
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
  const fill = async (text: string): Promise<string> => await world.fill(text, names);
  const relative = step.target.startsWith('/') || step.target === '*' ? '' : '/api/packages/{owner}/generic/';
  const target = await fill(relative + step.target);
  const credential =
    step.basic === undefined
      ? await world.authorization(step.as ?? 'alice')
      : basic(await fill(step.basic[0]), await fill(step.basic[1]));
  const credentials = credential === null ? [] : [['Authorization', credential] as const];
  const wire = await encodeRequest(step, target, { port: world.port, fill, credentials });
  if (step.promisedBytes !== undefined) return await breakOff(world.port, wire);
  const answer = await rawRequest(world.port, wire);
  const saw = `${step.method} ${await fill(step.target)}`;
  await compareAnswer({ saw, method: step.method, answer, wanted: step.expect, fill, json: giteaJson });
  for (const [name, header] of Object.entries(step.keep ?? {})) {
    names.set(name, answer.headers.get(header)?.[0] ?? '');
  }
  await step.check?.(answer, world);
}

const giteaJson = { type: 'application/json;charset=utf-8', endsWithNewline: true };
