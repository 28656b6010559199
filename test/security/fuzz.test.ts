import { afterAll, describe, expect, it } from "bun:test";
import { seedOfRun } from "../support/fault-random.ts";
import { runPart } from "./fuzz/fuzz-part.ts";
import { accountParts } from "./fuzz/account-parts.ts";
import { bodyParts } from "./fuzz/body-parts.ts";
import { graphqlPart } from "./fuzz/graphql-part.ts";
import { headerParts } from "./fuzz/header-parts.ts";
import { keptTextParts } from "./fuzz/kept-text-parts.ts";
import { nameParts } from "./fuzz/name-parts.ts";
import { patternParts } from "./fuzz/pattern-parts.ts";
import { rangePart } from "./fuzz/range-part.ts";
import { routerPart } from "./fuzz/router-part.ts";

const seed = seedOfRun();
const parts = [...headerParts, rangePart, ...bodyParts, graphqlPart, ...nameParts, ...accountParts, ...keptTextParts, ...patternParts, routerPart];
let tried = 0;

describe("what reads a client's bytes, with a million inputs", () => {
  const begunMs = performance.now();
  const slowest: Record<string, number> = {};
  for (const part of parts)
    it(`takes what is right, refuses the rest, and is soon done: ${part.name}`, async () => {
      slowest[part.name] = Math.round(await runPart(part, seed));
      tried += part.count;
    });

  it("is tried with a million at least", () => {
    expect(tried).toBeGreaterThanOrEqual(1_000_000);
  });
  afterAll(() => {
    const seconds = (performance.now() - begunMs) / 1000;
    console.log(JSON.stringify({ test: "fuzzing", seed, inputs: tried, slowestMs: slowest, seconds }));
  });
});
