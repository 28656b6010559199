import { afterAll, afterEach, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { basic, openSite, type Answer, type Site } from "./site.ts";

const right = "Marker-right-password-1";
let nowMs = Date.UTC(2030, 0, 1);
let site: Site;
let addressCount = 0;

beforeAll(async () => {
  site = await openSite({ STOWAGE_TRUSTED_PROXIES: "127.0.0.1" }, { clock: { nowMs: () => nowMs } });
  for (const name of ["alice", "bob", "gone", "barred"]) await site.addUserWithPassword(name, right);
  const change = { login_name: "", source_id: 0 };
  await site.must("PATCH", "/api/v1/admin/users/gone", { ...change, active: false });
  await site.must("PATCH", "/api/v1/admin/users/barred", { ...change, prohibit_login: true });
}, 30_000);
afterAll(async () => await site.server.stop());

/** Each password is checked by the runtime's own function: its calls are what checks cost. */
const check = Bun.password.verify;
const checks = spyOn(Bun.password, "verify");
afterEach(() => {
  checks.mockImplementation(check);
  checks.mockClear();
});
afterAll(() => checks.mockRestore());

/** An address that nothing was sent from yet. */
function newAddress(): string {
  addressCount += 1;
  return `198.51.${addressCount >> 8}.${addressCount & 255}`;
}

/** A sign-in by name and password from an address, on a route that says who one is. */
async function signIn(name: string, password: string, address: string, path = "/api/v1/user"): Promise<Answer> {
  return await site.ask("GET", path, { as: basic(name, password), headers: { "x-forwarded-for": address } });
}

/** The statuses of so many sign-ins, one after the other. */
async function statuses(count: number, attempt: (index: number) => Promise<Answer>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let index = 0; index < count; index += 1) {
    const { status } = await attempt(index);
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

/** Uses up what is free for an account and an address. */
async function useUp(name: string, address: string): Promise<void> {
  expect(await statuses(10, () => signIn(name, "wrong-password", address))).toEqual({ 401: 10 });
}

describe("failed sign-ins of one account from one address", () => {
  test("are free ten times; the eleventh is told to wait, and costs no check", async () => {
    const address = newAddress();
    await useUp("alice", address);
    expect(checks).toHaveBeenCalledTimes(10);
    const refused = await signIn("alice", "wrong-password", address);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(refused.text).toContain("too many failed sign-ins");
    expect(checks).toHaveBeenCalledTimes(10);
  });

  test("are looked at once a second from then on", async () => {
    const address = newAddress();
    await useUp("alice", address);
    for (let second = 0; second < 5; second += 1) {
      expect((await signIn("alice", "wrong-password", address)).status).toBe(429);
      nowMs += 999;
      expect((await signIn("alice", "wrong-password", address)).status).toBe(429);
      nowMs += 1;
      expect((await signIn("alice", "wrong-password", address)).status).toBe(401);
    }
  });

  test("are forgiven with time, ten at most", async () => {
    const address = newAddress();
    await useUp("alice", address);
    nowMs += 3600_000;
    await useUp("alice", address);
    expect((await signIn("alice", "wrong-password", address)).status).toBe(429);
  });

  test("refuse the right password from there too, until the wait is over", async () => {
    const address = newAddress();
    await useUp("alice", address);
    const refused = await signIn("alice", right, address);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    nowMs += 1000;
    expect((await signIn("alice", right, address)).status).toBe(200);
  });

  test("never stop the right password from another address, nor a token from the same one", async () => {
    const address = newAddress();
    await useUp("alice", address);
    for (let again = 0; again < 12; again += 1) expect((await signIn("alice", right, newAddress())).status).toBe(200);
    const token = await site.addToken("alice", "all");
    expect((await site.ask("GET", "/api/v1/user", { as: token, headers: { "x-forwarded-for": address } })).status).toBe(200);
    const secret = token.replace("token ", "");
    for (const as of [basic("alice", secret), basic(secret, ""), basic(secret, "x-oauth-basic"), basic("nobody", secret)])
      expect((await site.ask("GET", "/api/v1/user", { as, headers: { "x-forwarded-for": address } })).status).toBe(200);
  });

  test("leave the account's neighbours alone, and count for a name in any case", async () => {
    const address = newAddress();
    const names = ["alice", "ALICE", "Alice"];
    expect(await statuses(10, (index) => signIn(names[index % 3] ?? "", "wrong-password", address))).toEqual({ 401: 10 });
    for (const name of names) expect((await signIn(name, "wrong-password", address)).status).toBe(429);
    expect((await signIn("bob", right, address)).status).toBe(200);
  });

  test("are told to wait on every family of routes, in its own manner", async () => {
    const address = newAddress();
    await useUp("alice", address);
    for (const path of ["/api/packages/alice/generic/p/1/f", "/api/v1/packages/alice", "/api/v1/version", "/metrics"]) {
      const answer = await signIn("alice", right, address, path);
      expect([path, answer.status, answer.headers.get("retry-after")]).toEqual([path, 429, "1"]);
    }
  });

  test("count where a proxy that is not trusted forges addresses only once", async () => {
    const forged = (index: number): string => `203.0.113.${index}, 198.51.100.77`;
    expect(await statuses(11, (index) => signIn("alice", "wrong-password", forged(index)))).toEqual({ 401: 10, 429: 1 });
  });
});

describe("failed sign-ins of one address", () => {
  test("are a hundred, whatever the accounts; then a hundred a minute", async () => {
    // Nothing of this is about how long a check takes.
    checks.mockImplementation(async (password) => password === right);
    const address = newAddress();
    expect(await statuses(105, (index) => signIn(`someone-${index}`, "wrong-password", address))).toEqual({ 401: 100, 429: 5 });
    const refused = await signIn("bob", right, address);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect((await signIn("bob", right, newAddress())).status).toBe(200);
    nowMs += 59_999;
    expect((await signIn("bob", right, address)).status).toBe(429);
    nowMs += 1;
    expect(await statuses(105, (index) => signIn(`another-${index}`, "wrong-password", address))).toEqual({ 401: 100, 429: 5 });
  }, 60_000);

  test("are no more than a hundred in any minute, wherever it begins", async () => {
    checks.mockImplementation(async (password) => password === right);
    const address = newAddress();
    const looked: number[] = [];
    for (let step = 0; step < 300; step += 1) {
      if ((await signIn(`someone-${step}`, "wrong-password", address)).status === 401) looked.push(nowMs);
      nowMs += 400;
    }
    for (const start of looked) expect(looked.filter((time) => time >= start && time < start + 60_000).length).toBeLessThanOrEqual(100);
    expect(looked.length).toBeGreaterThanOrEqual(200);
  }, 60_000);

  test("count for the /64 of an IPv6 address, and for an IPv4 address alone", async () => {
    expect(await statuses(11, (index) => signIn("alice", "wrong-password", `2001:db8:0:7::${index}:1`))).toEqual({ 401: 10, 429: 1 });
    expect((await signIn("alice", right, "2001:db8:0:7:ffff::9")).status).toBe(429);
    expect((await signIn("alice", right, "2001:db8:0:8::1")).status).toBe(200);
    expect(await statuses(11, (index) => signIn("alice", "wrong-password", `203.0.113.${100 + index}`))).toEqual({ 401: 11 });
  });
});

describe("sign-ins sent all at once", () => {
  const together = async (count: number, attempt: (index: number) => Promise<Answer>): Promise<Record<number, number>> => {
    const answers = await Promise.all(Array.from({ length: count }, (_, index) => attempt(index)));
    return answers.reduce<Record<number, number>>((counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }), {});
  };

  test("are throttled like those sent one by one", async () => {
    const address = newAddress();
    expect(await together(60, (index) => signIn("alice", `guess-number-${index}`, address))).toEqual({ 401: 10, 429: 50 });
    expect(checks).toHaveBeenCalledTimes(10);
    nowMs += 1000;
    expect((await signIn("alice", right, address)).status).toBe(200);
  });

  test("count each time where they are the same, and are checked once", async () => {
    expect(await together(30, ((address) => () => signIn("alice", "wrong-password", address))(newAddress()))).toEqual({ 401: 10, 429: 20 });
    expect(checks).toHaveBeenCalledTimes(1);
  });

  test("cost one check where they are right, and count for nothing", async () => {
    const address = newAddress();
    nowMs += 60_000;
    expect(await together(60, () => signIn("bob", right, address))).toEqual({ 200: 60 });
    expect(checks).toHaveBeenCalledTimes(1);
    await useUp("bob", address);
  });

  test("from many addresses cost a check for each turn that came before the first was right", async () => {
    nowMs += 60_000;
    expect(await together(40, () => signIn("bob", right, newAddress()))).toEqual({ 200: 40 });
    expect(checks.mock.calls.length).toBeLessThanOrEqual(4);
  });

  test("from one address never keep the right password of another waiting in vain", async () => {
    const address = newAddress();
    nowMs += 60_000;
    const crowd = together(90, (index) => signIn(`someone-${index}`, "wrong-password", address));
    await Bun.sleep(30);
    expect((await signIn("alice", right, newAddress())).status).toBe(200);
    const counts = await crowd;
    expect(Object.keys(counts)).toEqual(["401", "503"]);
    // What was not looked at does not count.
    expect((await signIn("bob", right, address)).status).toBe(200);
  }, 20_000);
});

describe("what counts as a failed sign-in", () => {
  const throttledAfter = async (attempt: (address: string) => Promise<Answer>): Promise<boolean> => {
    const address = newAddress();
    for (let index = 0; index < 12; index += 1) await attempt(address);
    return (await signIn("alice", right, address)).status === 429 || (await attempt(address)).status === 429;
  };

  test("an unknown name does", async () => {
    expect(await throttledAfter((address) => signIn("nobody", right, address))).toBe(true);
  });
  test("a wrong password of an inactive account does", async () => {
    expect(await throttledAfter((address) => signIn("gone", "wrong-password", address))).toBe(true);
  });
  test("the right password of an inactive or barred account does not", async () => {
    for (const name of ["gone", "barred"]) {
      expect(await throttledAfter((address) => signIn(name, right, address))).toBe(false);
      expect((await signIn(name, right, newAddress())).status).toBe(403);
    }
  });
  test("an unknown token does not, in no form", async () => {
    const unknown = "0123456789abcdef0123456789abcdef01234567";
    const send = (question: { as?: string; path?: string; headers?: Record<string, string> }) => (address: string) =>
      site.ask("GET", `/api/v1/user${question.path ?? ""}`, { as: question.as, headers: { ...question.headers, "x-forwarded-for": address } });
    for (const question of [
      { as: `token ${unknown}` }, { as: `Bearer ${unknown}` }, { as: basic(unknown, "") }, { as: basic("alice", unknown) }, { as: basic(unknown, "x-oauth-basic") },
      { as: basic("alice", "x-oauth-basic") }, { as: basic("a-token-of-someones-own-making", "x-oauth-basic") },
      { path: `?token=${unknown}` }, { path: `?access_token=${unknown}` }, { headers: { "x-nuget-apikey": unknown } },
    ]) {
      await signIn("alice", right, newAddress());
      checks.mockClear();
      expect([question, await throttledAfter(send(question)), checks.mock.calls.length]).toEqual([question, false, 0]);
    }
  }, 30_000);
  test("an unknown token of someone's own making in the password's place does: it could be a password", async () => {
    expect(await throttledAfter((address) => signIn("alice", "a-token-of-someones-own-making", address))).toBe(true);
  });
  test("what cannot be a password does not, and costs no check", async () => {
    for (const password of ["", "x".repeat(1025)]) {
      const before = checks.mock.calls.length;
      await signIn("bob", password, newAddress());
      expect(checks.mock.calls.length).toBe(before);
      expect(await throttledAfter((address) => signIn("bob", password, address))).toBe(false);
    }
  });
});

describe("a verified password", () => {
  test("is remembered for thirty seconds", async () => {
    const address = newAddress();
    nowMs += 60_000;
    expect(await statuses(20, () => signIn("alice", right, address))).toEqual({ 200: 20 });
    expect(checks).toHaveBeenCalledTimes(1);
    nowMs += 29_999;
    expect((await signIn("alice", right, newAddress())).status).toBe(200);
    expect(checks).toHaveBeenCalledTimes(1);
    nowMs += 1;
    expect((await signIn("alice", right, address)).status).toBe(200);
    expect(checks).toHaveBeenCalledTimes(2);
    expect((await signIn("alice", `${right}x`, address)).status).toBe(401);
  });

  test("stops at once when it is changed, and when its account is disabled or removed", async () => {
    await site.addUserWithPassword("carol", right);
    const address = newAddress();
    expect((await signIn("carol", right, address)).status).toBe(200);
    const change = { login_name: "", source_id: 0 };
    await site.must("PATCH", "/api/v1/admin/users/carol", { ...change, password: "Marker-another-password-1" });
    expect((await signIn("carol", right, address)).status).toBe(401);
    expect((await signIn("carol", "Marker-another-password-1", address)).status).toBe(200);
    await site.must("PATCH", "/api/v1/admin/users/carol", { ...change, active: false });
    expect((await signIn("carol", "Marker-another-password-1", address)).status).toBe(403);
    await site.must("DELETE", "/api/v1/admin/users/carol");
    expect((await signIn("carol", "Marker-another-password-1", address)).status).toBe(401);
  });

  test("is the account's own: another account with the same one is checked", async () => {
    nowMs += 60_000;
    expect((await signIn("alice", right, newAddress())).status).toBe(200);
    expect((await signIn("bob", right, newAddress())).status).toBe(200);
    expect(checks).toHaveBeenCalledTimes(2);
  });
});

test("a token never costs a password check", async () => {
  const as = await site.addToken("alice", "all");
  const secret = as.replace("token ", "");
  const startedMs = performance.now();
  for (const header of [as, `Bearer ${secret}`, basic("alice", secret), basic(secret, "x-oauth-basic")])
    expect(await statuses(25, () => site.ask("GET", "/api/v1/user", { as: header }))).toEqual({ 200: 25 });
  const tokensMs = performance.now() - startedMs;
  expect(checks).toHaveBeenCalledTimes(0);
  const checkStartedMs = performance.now();
  await signIn("nobody", "wrong-password", newAddress());
  // A hundred requests with tokens against what a hundred checks would take.
  expect(tokensMs).toBeLessThan(((performance.now() - checkStartedMs) * 100) / 2);
});

describe("a password that sign-in could not carry", () => {
  const unusable = [
    "0123456789abcdef0123456789abcdef01234567", "x-oauth-basic", "a tab\there", "a line\nhere", "zero\u0000zero", "delete\u007fdelete",
    "half a pair \ud800", "seven77", "ü".repeat(3), "ü".repeat(128), "p".repeat(256),
  ];
  test("is refused where passwords are set, and the old one stays", async () => {
    for (const password of unusable) {
      const created = await site.ask("POST", "/api/v1/admin/users", { as: site.root, body: { username: "dora", email: "dora@example.com", password } });
      const changed = await site.ask("PATCH", "/api/v1/admin/users/bob", { as: site.root, body: { login_name: "", source_id: 0, password } });
      expect([password, created.status, changed.status]).toEqual([password, 400, 400]);
    }
    expect((await signIn("bob", right, newAddress())).status).toBe(200);
  });
  test("is not what looks like it: those are set, and work", async () => {
    for (const password of ["ü".repeat(4), `${"ü".repeat(127)}p`, "p: ü 89", "0123456789abcdef0123456789abcdef012345678", "0123456789ABCDEF0123456789ABCDEF01234567"]) {
      await site.must("PATCH", "/api/v1/admin/users/bob", { login_name: "", source_id: 0, password });
      expect([password, (await signIn("bob", password, newAddress())).status]).toEqual([password, 200]);
    }
    await site.must("PATCH", "/api/v1/admin/users/bob", { login_name: "", source_id: 0, password: right });
  });
});

test("a stored hash that cannot be read is a password that nobody knows, and is told of", async () => {
  await site.addUser("unreadable");
  const failures = async (): Promise<number> =>
    Number(/^stowage_store_errors_total\{kind="background_failure"\} (\d+)$/m.exec((await site.ask("GET", "/metrics", { as: site.root })).text)?.[1] ?? 0);
  const before = await failures();
  expect((await signIn("unreadable", right, newAddress())).status).toBe(401);
  expect(await failures()).toBe(before + 1);
});

test("the metrics take each form of credential, and the scopes of administration", async () => {
  const elsewhere = { "x-forwarded-for": newAddress() };
  await site.must("PATCH", "/api/v1/admin/users/alice", { login_name: "", source_id: 0, admin: true });
  const ask = async (query: string, as?: string, headers: Record<string, string> = {}): Promise<number> =>
    (await site.ask("GET", `/metrics${query}`, { as, headers: { ...elsewhere, ...headers } })).status;
  const secretWith = async (scope: string): Promise<string> => (await site.addToken("alice", scope)).replace("token ", "");
  for (const [scope, status] of [["all", 200], ["read:admin", 200], ["write:admin", 200], ["write:package", 403]] as const) {
    const secret = await secretWith(scope);
    const statusesOfForms = [
      await ask("", `token ${secret}`), await ask("", `Bearer ${secret}`), await ask("", basic("x", secret)), await ask("", basic(secret, "")),
      await ask("", basic(secret, "x-oauth-basic")), await ask(`?token=${secret}`), await ask(`?access_token=${secret}`),
      await ask("", undefined, { "x-nuget-apikey": secret }),
    ];
    expect([scope, statusesOfForms]).toEqual([scope, Array(8).fill(status)]);
  }
  expect([await ask("", basic("alice", right)), await ask(""), await ask("", "token wrong"), await ask("", basic("bob", right))]).toEqual([200, 401, 401, 403]);
});
