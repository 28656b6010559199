import { describe, expect, spyOn, test } from "bun:test";
import { availableParallelism } from "node:os";
import { RegistryError } from "../../src/core/registry-error.ts";
import type { PasswordTurn } from "../../src/core/ports/password-hasher.ts";
import { createPasswordHasher } from "../../src/password-hasher.ts";
import { openSite } from "./site.ts";

const parameters = { algorithm: "argon2id", memoryCost: 8, timeCost: 1 } as const;

/** At most one check a core. */
const parallel = Math.min(2, availableParallelism());

/** The turn of a sender for whom nothing is known yet. */
function turn(from = "192.0.2.1", more: Partial<PasswordTurn> = {}): PasswordTurn {
  return { from, isFoundRight: () => false, reportUnreadable: () => undefined, ...more };
}

/** Replaces the runtime's check by one that waits to be released; tells how many run. */
function holdChecks() {
  const real = spyOn(Bun.password, "verify");
  let running = 0;
  let most = 0;
  const held: (() => void)[] = [];
  real.mockImplementation(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => held.push(resolve));
    running -= 1;
    return true;
  });
  return {
    most: () => most,
    count: () => real.mock.calls.length,
    /** Lets all end, those included that begin meanwhile. */
    release: async (until: () => boolean): Promise<void> => {
      while (!until()) {
        held.shift()?.();
        await Bun.sleep(0);
      }
    },
    restore: () => real.mockRestore(),
  };
}

async function outcome(attempt: Promise<unknown>): Promise<unknown> {
  try {
    return await attempt;
  } catch (error) {
    return error instanceof RegistryError ? `${error.code} ${error.details.retryAfterSeconds}` : error;
  }
}

describe("createPasswordHasher", () => {
  test("stores argon2id with 19 MiB, two passes and one lane", async () => {
    const stored = await createPasswordHasher().hash("a-password-1");
    expect(stored).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
    expect(await createPasswordHasher().verify("a-password-1", stored, turn())).toBe(true);
    expect(await createPasswordHasher().verify("a-password-2", stored, turn())).toBe(false);
    expect(await createPasswordHasher().verify("a-password-1", null, turn())).toBe(false);
  });

  /** So many checks from each sender, sent in this order; `end` lets all end and says how often each was answered how. */
  function crowd(hold: ReturnType<typeof holdChecks>, hasher: ReturnType<typeof createPasswordHasher>, stored: string) {
    const ended: string[] = [];
    let sent = 0;
    return {
      ended,
      send: (count: number, from: (index: number) => string) => {
        sent += count;
        for (let index = 0; index < count; index += 1)
          void outcome(hasher.verify("x", stored, turn(from(index)))).then((result) => ended.push(`${from(index)} ${result}`));
      },
      end: async (): Promise<Record<string, number>> => {
        await hold.release(() => ended.length === sent);
        const counts: Record<string, number> = {};
        for (const result of ended) counts[result] = (counts[result] ?? 0) + 1;
        return counts;
      },
    };
  }

  async function withHeldChecks(run: (hold: ReturnType<typeof holdChecks>, stored: string) => Promise<void>): Promise<void> {
    const stored = await Bun.password.hash("x", parameters);
    const hold = holdChecks();
    try {
      await run(hold, stored);
    } finally {
      hold.restore();
    }
  }

  test("checks one a core, two at most, lets 64 wait, refuses the rest, and goes on", async () => {
    await withHeldChecks(async (hold, stored) => {
      const hasher = createPasswordHasher();
      const all = crowd(hold, hasher, stored);
      all.send(100, (index) => `192.0.2.${index}`);
      await Bun.sleep(20);
      expect([hold.count(), all.ended.length]).toEqual([parallel, 36 - parallel]);
      const counts = Object.keys(await all.end());
      expect(counts.filter((result) => result.endsWith(" true"))).toHaveLength(64 + parallel);
      expect(counts.filter((result) => result.endsWith(" sign_in_busy 1"))).toHaveLength(36 - parallel);
      expect(hold.most()).toBe(parallel);
      const next = crowd(hold, hasher, stored);
      next.send(1, () => "192.0.2.1");
      expect(await next.end()).toEqual({ "192.0.2.1 true": 1 });
    });
  });

  test("lets 16 of one sender wait, and takes nothing from the others", async () => {
    await withHeldChecks(async (hold, stored) => {
      const all = crowd(hold, createPasswordHasher(), stored);
      all.send(200, () => "greedy");
      all.send(48, (index) => `192.0.2.${index}`);
      const counts = await all.end();
      expect([counts["greedy true"], counts["greedy sign_in_busy 1"]]).toEqual([16 + parallel, 184 - parallel]);
      expect(Object.keys(counts).filter((result) => result.startsWith("192.0.2.") && result.endsWith(" true"))).toHaveLength(48);
    });
  });

  test("takes the places of a full queue from whoever has most", async () => {
    await withHeldChecks(async (hold, stored) => {
      const all = crowd(hold, createPasswordHasher(), stored);
      all.send(400, (index) => `greedy-${index % 4}`);
      all.send(30, (index) => `192.0.2.${index}`);
      const counts = await all.end();
      for (let index = 0; index < 30; index += 1) expect(counts[`192.0.2.${index} true`]).toBe(1);
      for (let index = 0; index < 4; index += 1) expect(counts[`greedy-${index} true`]).toBeGreaterThanOrEqual(8);
    });
  });

  test("takes turns among senders", async () => {
    await withHeldChecks(async (hold, stored) => {
      const all = crowd(hold, createPasswordHasher(), stored);
      all.send(10, () => "many");
      all.send(1, () => "one");
      await all.end();
      expect(all.ended.indexOf("one true")).toBeLessThan(2 * parallel + 1);
    });
  });

  test("computes nothing for a password that was found right while it waited", async () => {
    await withHeldChecks(async (hold, stored) => {
      expect(await createPasswordHasher().verify("x", stored, turn("a", { isFoundRight: () => true }))).toBe(true);
      expect(hold.count()).toBe(0);
    });
  });

  test("frees the turn of a check that fails, and says so", async () => {
    const hasher = createPasswordHasher();
    const stored = await Bun.password.hash("x", parameters);
    const checks = spyOn(Bun.password, "verify").mockRejectedValue(new Error("out of memory"));
    for (let index = 0; index < 5; index += 1) expect(await outcome(hasher.verify("x", stored, turn()))).toEqual(new Error("out of memory"));
    checks.mockRestore();
    expect(await hasher.verify("x", stored, turn())).toBe(true);
  });

  test("takes a stored hash that cannot be read for one that nothing matches, and reports it", async () => {
    const hasher = createPasswordHasher();
    const whole = await hasher.hash("x");
    const broken = ["", "!", "x", "$", whole.slice(0, 40), whole.slice(1),
      whole.replace("m=19456", "m=999999999"), whole.replace("t=2", "t=no"), whole.replace("v=19", "v=99"), whole.replace("argon2id", "argon3"), `${whole}!`];
    for (const stored of broken) {
      const causes: unknown[] = [];
      const result = await outcome(hasher.verify("x", stored, turn("a", { reportUnreadable: (cause) => causes.push(cause) })));
      expect([stored, result, causes.length]).toEqual([stored, false, 1]);
      expect(String(causes[0])).not.toContain(whole.slice(40));
    }
  }, 20_000);

  test("makes nothing for the first unknown name, and compares as for a known one", async () => {
    const made = spyOn(Bun.password, "hash");
    const checks = spyOn(Bun.password, "verify");
    expect(await createPasswordHasher().verify("x", null, turn())).toBe(false);
    expect([made.mock.calls.length, checks.mock.calls.length]).toEqual([0, 1]);
    expect(checks.mock.calls[0]?.[1]).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
    made.mockRestore();
    checks.mockRestore();
  });
});

describe("a server whose password checks are all taken", () => {
  test("answers 503 with Retry-After on every family, and tokens as ever", async () => {
    const site = await openSite();
    await site.addUserWithPassword("alice", "Marker-right-password-1");
    const wrong = (index: number): string => `Basic ${Buffer.from(`user-${index}:wrong-password`).toString("base64")}`;
    const hold = holdChecks();
    try {
      let done = 0;
      const waiting = Array.from({ length: 64 + parallel }, async (_, index) => {
        await site.server.registry.signInWithPassword({ name: `u${index}`, password: "wrong-password", address: `192.0.2.${index}` });
        done += 1;
      });
      await Bun.sleep(100);
      for (const path of ["/api/packages/alice/generic/p/1/f", "/api/v1/user"]) {
        const answer = await site.ask("GET", path, { as: wrong(1) });
        expect([path, answer.status, answer.headers.get("retry-after"), answer.text.includes("too many sign-ins wait")]).toEqual([path, 503, "1", true]);
      }
      expect((await site.ask("GET", "/api/v1/user", { as: site.root })).status).toBe(200);
      const metrics = await site.ask("GET", "/metrics", { as: wrong(2), headers: { "x-forwarded-for": "203.0.113.1" } });
      expect([metrics.status, metrics.headers.get("retry-after")]).toEqual([503, "1"]);
      await hold.release(() => done === 64 + parallel);
      await Promise.all(waiting);
    } finally {
      hold.restore();
      await site.server.stop();
    }
  });
});

describe("what the checks tell", () => {
  test("an unknown name and a wrong password take the same time", async () => {
    const site = await openSite();
    const { registry } = site.server;
    await site.addUserWithPassword("alice", "Marker-right-password-1");
    let attempts = 0;
    const time = async (name: string): Promise<number> => {
      attempts += 1;
      const startedMs = performance.now();
      const actor = await registry.signInWithPassword({ name, password: "a-wrong-password", address: `192.0.2.${attempts}` });
      expect(actor).toBeNull();
      return performance.now() - startedMs;
    };
    const medianOf = (times: readonly number[]): number => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;
    const round = async (): Promise<number> => {
      const [known, unknown]: [number[], number[]] = [[], []];
      for (let index = 0; index < 20; index += 1) {
        // In turn first and second, so that what else the machine does falls on both.
        const order = index % 2 === 0 ? ([["alice", known], ["nobody", unknown]] as const) : ([["nobody", unknown], ["alice", known]] as const);
        for (const [name, times] of order) times.push(await time(name));
      }
      return medianOf(unknown) / medianOf(known);
    };
    try {
      const first = await round();
      // A machine that is busy with something else gets a second chance; a real difference does not.
      const ratio = first > 0.8 && first < 1.2 ? first : await round();
      expect(ratio).toBeGreaterThan(0.8);
      expect(ratio).toBeLessThan(1.2);
    } finally {
      await site.server.stop();
    }
  }, 60_000);

  test("guesses sent all at once are throttled like guesses one by one", async () => {
    const site = await openSite();
    const checks = spyOn(Bun.password, "verify");
    try {
      await site.addUserWithPassword("alice", "Marker-right-password-1");
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          outcome(site.server.registry.signInWithPassword({ name: "alice", password: `guess-number-${index}`, address: "192.0.2.1" })),
        ),
      );
      expect(outcomes.filter((result) => result === null).length).toBeLessThanOrEqual(11);
      expect(outcomes.filter((result) => result === null || result === "sign_in_throttled 1")).toHaveLength(50);
      expect(checks.mock.calls.length).toBeLessThanOrEqual(11);
    } finally {
      checks.mockRestore();
      await site.server.stop();
    }
  }, 30_000);
});
