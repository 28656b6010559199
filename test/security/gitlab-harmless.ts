import { expect } from "bun:test";
import type { Town } from "./gitlab-places.ts";
import type { Answer } from "./site.ts";

/** How long any one input may take. */
export const patienceMs = 3000;

/** Asks as the administrator unless told otherwise; throws where the server failed, took too long or changed a record. */
export type Harmless = (method: string, path: string, headers?: Readonly<Record<string, string>>, body?: unknown) => Promise<Answer>;

/** For requests that may not change anything, whatever they are answered; `count` is told of each. */
export function createHarmless(town: Town, count: () => void): Harmless {
  return async (method, path, headers = { "private-token": town.site.server.admin.token }, body) => {
    count();
    const before = town.site.records();
    const from = performance.now();
    const answer = await town.ask(method, path, headers, body);
    const tookMs = performance.now() - from;
    const about = `${method} ${path.slice(0, 200)}: ${answer.status} ${answer.text.slice(0, 200)}`;
    if (answer.status >= 500) throw new Error(`${about}: a fault`);
    if (tookMs > patienceMs) throw new Error(`${about}: took ${Math.round(tookMs)} ms`);
    if (town.site.records() !== before) throw new Error(`${about}: changed something`);
    return answer;
  };
}

/** Nothing is left behind, nothing was an error of the server, and no object has got what it was not made with. */
export async function expectSound({ site: { server } }: Town): Promise<void> {
  expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect(server.fatalErrors).toEqual([]);
  expect(await server.stores.blobs.staging("count")).toBe(0);
  for (const name of ["admin", "name", "access_level"]) expect(({} as Record<string, unknown>)[name]).toBeUndefined();
}

/** The seed of a test's random choices, shown with its name so that a failure can be had again. */
export function seedOf(name: string): number {
  const seed = Number(process.env["STOWAGE_TEST_SEED"] ?? Date.now() % 1e9);
  console.log(`${name}: STOWAGE_TEST_SEED=${seed}`);
  return seed;
}
