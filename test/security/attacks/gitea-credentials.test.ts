import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { newTokenSecret, secretDigest } from "../../../src/core/secret-digest.ts";
import { newToken } from "../../contracts/metadata-store/records.ts";
import { basic } from "../site.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

const password = "Marker-Password-Of-All-1";
const change = { login_name: "", source_id: 0 };

/** Whose secret it is, or was. All were administrators of the organisation's packages once. */
const holders = ["whole", "wrong", "expired", "revoked", "disabled", "stripped"] as const;
type Holder = (typeof holders)[number];

/** What each is answered: reading, publishing and deleting packages, the REST API of packages, and who one is. */
const answersOf: Readonly<Record<Holder, readonly [get: number, put: number, remove: number, rest: number, self: number]>> = {
  whole: [200, 409, 204, 200, 200],
  wrong: [401, 401, 401, 401, 401],
  expired: [401, 401, 401, 401, 401],
  revoked: [401, 401, 401, 401, 401],
  disabled: [401, 401, 401, 403, 403],
  stripped: [401, 401, 401, 403, 200],
};

let target: Target;
const secrets = { whole: "", wrong: newTokenSecret(), expired: newTokenSecret(), revoked: "", disabled: "", stripped: "" };
beforeAll(async () => {
  target = await openTarget("Gitea's forms of credentials", { STOWAGE_TRUSTED_PROXIES: "127.0.0.1" });
  const { site } = target.town;
  for (const name of ["whole", "disabled", "stripped"]) await site.addUserWithPassword(name, password);
  await site.must("POST", "/api/v1/orgs", { username: "vault", visibility: "private" });
  const team = await site.addTeam("vault", "admin", "whole", "disabled", "stripped");
  const user = await site.server.stores.metadata.accounts.find("whole");
  const kept = { scopes: ["all"], secretSha256: secretDigest(secrets.expired), nowMs: 0, expiresAtMs: Date.now() - 1 };
  await site.server.stores.metadata.tokens.create(newToken(user?.id ?? 0, "expired", kept));
  for (const name of ["whole", "disabled", "stripped"] as const) secrets[name] = await mintedBy(name, "t");
  secrets.revoked = await mintedBy("whole", "revoked");
  await site.must("PUT", "/api/packages/vault/generic/p/1.0/f", "content of the vault");
  // All of them were good for something.
  for (const holder of ["whole", "revoked", "disabled", "stripped"] as const)
    expect([holder, await statusOf("GET", file, { lines: [`Authorization: token ${secrets[holder]}`] })]).toEqual([holder, 200]);
  expect((await target.send(requestOf("DELETE /api/v1/users/whole/tokens/revoked", [`Authorization: ${basic("whole", password)}`])))?.status).toBe(204);
  await site.must("PATCH", "/api/v1/admin/users/disabled", { ...change, active: false });
  await site.must("DELETE", `/api/v1/teams/${team}/members/stripped`);
}, 60_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

/** A token of Gitea's form, made with the owner's password. */
async function mintedBy(name: string, token: string): Promise<string> {
  const answer = await target.send(requestOf(`POST /api/v1/users/${name}/tokens`, [`Authorization: ${basic(name, password)}`, "Content-Type: application/json"], JSON.stringify({ name: token, scopes: ["all"] })));
  return /"sha1":"([0-9a-f]{40})"/.exec(answer?.text ?? "")?.[1] ?? "";
}

const file = "/api/packages/vault/generic/p/1.0/f";
const rest = "/api/v1/packages/vault/generic/p/1.0";

/** What a request carries. */
interface Carried {
  readonly lines?: readonly string[];
  readonly query?: string;
}

async function statusOf(method: string, path: string, ...carried: readonly Carried[]): Promise<number> {
  const query = carried.flatMap((one) => one.query ?? []).join("&");
  const lines = carried.flatMap((one) => one.lines ?? []);
  return (await target.send(requestOf(`${method} ${path}${query === "" ? "" : `?${query}`}`, lines, method === "PUT" ? "others" : null)))?.status ?? 0;
}

/** A file that is there for one deletion. */
async function removable(): Promise<string> {
  const path = `/api/packages/vault/generic/p/2.0/${crypto.randomUUID()}`;
  await target.town.site.must("PUT", path, "to be removed");
  return path;
}

/** What these credentials get at each door. */
async function answersTo(removed: string, ...carried: readonly Carried[]): Promise<number[]> {
  return [
    await statusOf("GET", file, ...carried),
    await statusOf("PUT", file, ...carried),
    await statusOf("DELETE", removed, ...carried),
    await statusOf("GET", rest, ...carried),
    await statusOf("GET", "/api/v1/user", ...carried),
  ];
}

/** Every form that takes a token, by the place it stands in; a request has each place once. The first place counts first. */
const places: readonly (readonly ((secret: string) => Carried)[])[] = [
  [(secret) => ({ query: `token=${secret}` })],
  [(secret) => ({ query: `access_token=${secret}` })],
  [
    (secret) => ({ lines: [`Authorization: token ${secret}`] }),
    (secret) => ({ lines: [`authorization: BEARER  ${secret}`] }),
    (secret) => ({ lines: [`Authorization: ${basic("whole", secret)}`] }),
    (secret) => ({ lines: [`Authorization: ${basic("nobody-at-all", secret)}`] }),
    (secret) => ({ lines: [`Authorization: ${basic(secret, "")}`] }),
    (secret) => ({ lines: [`Authorization: ${basic(secret, "x-oauth-basic")}`] }),
  ],
  [(secret) => ({ lines: [`X-NuGet-ApiKey: ${secret}`] })],
];

/** Where nothing counts that stands there. */
const uncounted: readonly ((secret: string) => Carried)[] = [
  (secret) => ({ lines: [`PRIVATE-TOKEN: ${secret}`] }), (secret) => ({ lines: [`JOB-TOKEN: ${secret}`] }), (secret) => ({ lines: [`DEPLOY-TOKEN: ${secret}`] }),
  (secret) => ({ lines: [`Cookie: token=${secret}; access_token=${secret}; i_like_gitea=${secret}; gitea_awesome=${secret}`] }), (secret) => ({ lines: [`Proxy-Authorization: Bearer ${secret}`] }), (secret) => ({ lines: [`X-Gitea-OTP: ${secret}`] }),
  (secret) => ({ lines: [`X-WEBAUTH-USER: whole`, `X-Token: ${secret}`] }), (secret) => ({ query: `private_token=${secret}` }), (secret) => ({ query: `job_token=${secret}` }), (secret) => ({ query: `oauth_token=${secret}` }), (secret) => ({ query: `sudo=whole&api_key=${secret}` }),
];

const nameOf = (carried: Carried): string => JSON.stringify(carried).replaceAll(/[0-9a-f]{40}/g, "SECRET");

describe("a token in each of Gitea's forms", () => {
  for (const holder of holders)
    it(`that is ${holder} is answered alike in all of them`, async () => {
      const before = target.town.site.records();
      for (const form of places.flat()) {
        const carried = form(secrets[holder]);
        const removed = holder === "whole" ? await removable() : file;
        expect([nameOf(carried), await answersTo(removed, carried)]).toEqual([nameOf(carried), [...answersOf[holder]]]);
      }
      if (holder !== "whole") expect(target.town.site.records()).toBe(before);
    }, 30_000);

  it("in a place where none counts is as none, and beside a form that counts it is not looked at", async () => {
    const before = target.town.site.records();
    const right = { lines: [`Authorization: token ${secrets.whole}`] };
    const wrong = { lines: [`Authorization: token ${secrets.wrong}`] };
    for (const form of uncounted) {
      const carried = form(secrets.whole);
      expect([nameOf(carried), await answersTo(file, carried)]).toEqual([nameOf(carried), [401, 401, 401, 403, 401]]);
      expect([nameOf(carried), await answersTo(file, carried, wrong)]).toEqual([nameOf(carried), [401, 401, 401, 401, 401]]);
      expect([nameOf(carried), await statusOf("GET", file, form(secrets.wrong), right)]).toEqual([nameOf(carried), 200]);
    }
    expect(target.town.site.records()).toBe(before);
  }, 30_000);

  it("that is nearly right, or stands there malformed or twice, is wrong", async () => {
    const before = target.town.site.records();
    const secret = secrets.whole;
    const near = [secret.slice(1), `${secret}0`, secret.toUpperCase(), `${secret}=`, `"${secret}"`, secretDigest(secret), secretDigest(secret).slice(0, 40), secret.slice(-8), `${secret}${secret}`, `%00${secret}`, "%", "*", "null", "x-oauth-basic", "' OR '1'='1"];
    for (const one of near) {
      const query = encodeURIComponent(one);
      for (const carried of [{ query: `token=${query}` }, { query: `access_token=${query}` }, { lines: [`Authorization: token ${one}`] }, { lines: [`Authorization: Bearer ${one}`] }, { lines: [`Authorization: ${basic(one, "")}`] }, { lines: [`X-NuGet-ApiKey: ${one}`] }])
        for (const [method, path] of [["GET", file], ["DELETE", file], ["GET", rest]] as const) expect([one, nameOf(carried), method, await statusOf(method, path, carried)]).toEqual([one, nameOf(carried), method, 401]);
    }
    const bearer = `Authorization: Bearer ${secret}`;
    for (const lines of [
      ["Authorization: token"], ["Authorization: Bearer  "], [`Authorization: ${secret}`], [`Authorization: token token=${secret}`], [`Authorization: Basic ${secret}`], [`Authorization: Basic ${btoa(secret)}`], [`Authorization: Basic ${btoa(`${secret}:`)}=`], [`Authorization: Basic ${btoa(`whole:${secret}\0`)}`],
      [`Authorization: Digest username="whole", response="${secret}"`], [`Authorization: Bearer ${secret} ${secret}`], [`Authorization: Bearer ${secret}, Bearer ${secret}`], [bearer, bearer], ["Authorization: Bearer wrong", bearer], [bearer, "Authorization: Bearer wrong"], [`X-NuGet-ApiKey: ${secret}`, `X-NuGet-ApiKey: ${secret}`], ["X-NuGet-ApiKey: wrong", `X-NuGet-ApiKey: ${secret}`],
    ])
      for (const [method, path] of [["GET", file], ["DELETE", file], ["GET", rest]] as const)
        expect([lines.join(" | ").replaceAll(secret, "SECRET"), method, [400, 401].includes(await statusOf(method, path, { lines }))]).toEqual([lines.join(" | ").replaceAll(secret, "SECRET"), method, true]);
    expect(target.town.site.records()).toBe(before);
  }, 30_000);
});

describe("two tokens at once", () => {
  it("are one: the first that anybody holds, in the order of the places, with its rights alone", async () => {
    const before = target.town.site.records();
    const isHeld = (holder: Holder): boolean => !["wrong", "expired", "revoked"].includes(holder);
    const wrong: unknown[] = [];
    for (const [at, first] of places.entries())
      for (const second of places.slice(at + 1))
        for (const [turn, one] of holders.entries())
          for (const [step, other] of holders.entries()) {
            // Each form of a place has its turns.
            const [early, late] = [first[(turn + step) % first.length], second[(turn + step) % second.length]];
            if (early === undefined || late === undefined) throw new Error("a place without a form");
            const carried = [early(secrets[one]), late(secrets[other])];
            const wanted = answersOf[isHeld(one) ? one : other];
            const found = [await statusOf("GET", file, ...carried), await statusOf("PUT", file, ...carried), await statusOf("GET", rest, ...carried)];
            if (String(found) !== String([wanted[0], wanted[1], wanted[3]])) wrong.push([carried.map(nameOf), one, other, found]);
          }
    expect(wrong).toEqual([]);
    expect(target.town.site.records()).toBe(before);
  }, 60_000);

  it("in one place of the query are refused or the first, never whichever a proxy prefers", async () => {
    for (const name of ["token", "access_token"]) {
      expect(await statusOf("GET", file, { query: `${name}=${secrets.wrong}&${name}=${secrets.whole}` })).toBe(401);
      expect(await statusOf("GET", file, { query: `${name}[]=${secrets.whole}` })).toBe(401);
      expect(await statusOf("GET", file, { query: `${name.toUpperCase()}=${secrets.whole}` })).toBe(401);
      expect(await statusOf("GET", file, { query: `x=1;${name}=${secrets.whole}` })).toBe(401);
    }
  });
});

describe("a name and a password", () => {
  /** No two attempts come from one address: what is told of is the credential. */
  let addresses = 0;
  const from = (authorization: string): Carried => ({ lines: [`Authorization: ${authorization}`, `X-Forwarded-For: 203.0.113.${(addresses += 1)}`] });

  it("let in whom they should, and nobody whose password is wrong, whose account is disabled, or who was stripped of rights", async () => {
    for (const name of ["whole", "WHOLE"]) expect([name, await answersTo(await removable(), from(basic(name, password)))]).toEqual([name, [...answersOf.whole]]);
    const before = target.town.site.records();
    for (const [name, given, holder] of [["whole", `${password}x`, "wrong"], ["nobody-at-all", password, "wrong"], ["disabled", password, "disabled"], ["stripped", password, "stripped"]] as const)
      expect([name, await answersTo(file, from(basic(name, given)))]).toEqual([name, [...answersOf[holder]]]);
    for (const authorization of [basic("", password), basic(password, ""), basic("whole", ""), basic("whole", password.toLowerCase()), basic("whole ", password), basic("whole", ` ${password}`), basic("whole\0", password), `token ${password}`, `Bearer ${password}`])
      expect([authorization, await statusOf("GET", file, from(authorization)), await statusOf("GET", rest, from(authorization))]).toEqual([authorization, 401, 401]);
    expect(target.town.site.records()).toBe(before);
  }, 60_000);

  it("beside a token are one of the two: the first that is right, in the order of the places", async () => {
    for (const [token, given, status] of [
      [secrets.wrong, password, 200], [secrets.whole, `${password}x`, 200], [secrets.wrong, `${password}x`, 401], [secrets.stripped, password, 401], [secrets.disabled, password, 401], [secrets.revoked, password, 200],
    ] as const)
      for (const name of ["token", "access_token"])
        expect([nameOf({ query: token }), given.length, await statusOf("GET", file, { query: `${name}=${token}` }, from(basic("whole", given)))]).toEqual([nameOf({ query: token }), given.length, status]);
    expect(await statusOf("GET", file, from(basic("stripped", password)), { lines: [`X-NuGet-ApiKey: ${secrets.whole}`] })).toBe(401);
    expect(await statusOf("GET", file, from(basic("whole", `${password}x`)), { lines: [`X-NuGet-ApiKey: ${secrets.whole}`] })).toBe(200);
  }, 60_000);
});
