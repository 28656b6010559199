import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { basic } from "../site.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

let target: Target;
const secrets = { reader: "", expired: "", revoked: "", ofDisabled: "", ofDemoted: "", deploy: "", job: "" };
beforeAll(async () => {
  target = await openTarget("credentials that are none, no more, or two");
  const { mint, site, make, place, person, member } = { ...target.town, place: target.place };
  secrets.reader = (await mint("reporter", ["api"])).secret;
  secrets.expired = (await mint("owner", ["api"], Date.now() - 1)).secret;
  const revoked = await mint("owner", ["api"]);
  await site.server.stores.metadata.accessTokens.revoke(revoked.id, Date.now());
  secrets.revoked = revoked.secret;
  secrets.ofDisabled = (await mint("inactive", ["api"])).secret;
  await person("demoted");
  await member(place.group.id, "demoted", 50);
  secrets.ofDemoted = (await mint("demoted", ["api"])).secret;
  await site.server.stores.metadata.namespaces.setGrant({ namespaceId: place.group.id, userId: target.town.userIds.get("demoted") ?? 0, level: 10 });
  secrets.deploy = String((await make("POST", `${target.project}/deploy_tokens`, { name: "d", scopes: ["read_package_registry", "write_package_registry"] }))["token"]);
  secrets.job = String((await make("POST", "/api/stowage/v1/job-tokens", { user: "developer", namespace: place.project.path }))["token"]);
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

const read = (): string => `GET ${target.project}/packages/generic/p/1.0/f`;
const write = (): string => `PUT ${target.project}/packages/generic/p/1.0/new`;
const remove = (): string => `DELETE ${target.project}/packages/generic/p/1.0/f`;

/** Everything that carries a secret and is read by somebody. */
const carriers: readonly ((secret: string) => { lines?: string[]; query?: string })[] = [
  (secret) => ({ lines: [`PRIVATE-TOKEN: ${secret}`] }),
  (secret) => ({ lines: [`JOB-TOKEN: ${secret}`] }),
  (secret) => ({ lines: [`DEPLOY-TOKEN: ${secret}`] }),
  (secret) => ({ lines: [`Authorization: Bearer ${secret}`] }),
  (secret) => ({ lines: [`Authorization: token ${secret}`] }),
  (secret) => ({ lines: [`Authorization: ${basic("x", secret)}`] }),
  (secret) => ({ lines: [`Authorization: ${basic("gitlab-ci-token", secret)}`] }),
  (secret) => ({ query: `private_token=${secret}` }),
  (secret) => ({ query: `job_token=${secret}` }),
  (secret) => ({ query: `access_token=${secret}` }),
];

async function ask(first: string, carried: readonly { lines?: string[]; query?: string }[], body: string | null = null): Promise<number> {
  const query = carried.flatMap((one) => one.query ?? []).join("&");
  const lines = carried.flatMap((one) => one.lines ?? []);
  return (await target.send(requestOf(query === "" ? first : `${first}?${query}`, lines, body)))?.status ?? 0;
}

describe("credentials that are no more", () => {
  it("let nobody in, in any form", async () => {
    const before = target.town.site.records();
    for (const secret of [secrets.expired, secrets.revoked])
      for (const carry of carriers) {
        expect([secret.slice(0, 6), await ask(read(), [carry(secret)]), await ask(write(), [carry(secret)], "x"), await ask(remove(), [carry(secret)])]).toEqual([secret.slice(0, 6), 401, 401, 401]);
      }
    for (const carry of carriers)
      for (const first of [read(), write(), remove()]) expect([401, 403, 404]).toContain(await ask(first, [carry(secrets.ofDisabled)], first.startsWith("PUT") ? "x" : null));
    for (const carry of carriers) {
      expect([401, 200]).toContain(await ask(read(), [carry(secrets.ofDemoted)]));
      for (const first of [write(), remove()]) expect([401, 403]).toContain(await ask(first, [carry(secrets.ofDemoted)], first.startsWith("PUT") ? "x" : null));
    }
    expect(target.town.site.records()).toBe(before);
  });
});

describe("credentials that are nearly right", () => {
  it("are wrong: cut, lengthened, in another case, padded, quoted, or their digest", async () => {
    const secret = secrets.reader;
    const digest = new Bun.CryptoHasher("sha256").update(secret).digest("hex");
    const near = [
      secret.slice(0, -1), `${secret}a`, secret.toUpperCase(), secret.toLowerCase(), `${secret}=`, `"${secret}"`, `'${secret}'`, `${secret};`, secret.replace("glpat-", ""), secret.replace("glpat-", "gldt-"), secret.replace("glpat-", "GLPAT-"), secret.slice(-8), digest, digest.slice(0, 40),
      secret.slice(0, 12), `${secret}${secret}`, [...secret].toReversed().join(""), `%67${secret.slice(1)}`, "glpat-", "null", "undefined", "true", "0", "*", "%", "_".repeat(secret.length), "' OR '1'='1", "admin'--", "{\"$gt\":\"\"}",
    ].filter((one) => one !== secret);
    for (const one of near) {
      for (const lines of [[`PRIVATE-TOKEN: ${one}`], [`Authorization: Bearer ${one}`], [`Authorization: token ${one}`], [`Authorization: ${basic("reporter", one)}`]])
        expect([one, lines[0]?.split(":")[0], await ask(read(), [{ lines }])]).toEqual([one, lines[0]?.split(":")[0], 401]);
      expect([one, await ask(read(), [{ query: `private_token=${encodeURIComponent(one)}` }])]).toEqual([one, 401]);
    }
  });

  it("in heads that are malformed are none", async () => {
    const secret = target.token;
    const heads = [
      `Authorization: Bearer`, `Authorization: Bearer  `, `Authorization:Bearer\t${secret}x`, `Authorization: ${secret}`, `Authorization: Bearer ${secret}, Bearer ${secret}`, `Authorization: Bearer ${secret} ${secret}`, `Authorization: Bearer token=${secret}`, `Authorization: Basic ${secret}`,
      `Authorization: Basic ${btoa(secret)}`, `Authorization: Basic ${btoa(`x:${secret}`)}=`, `Authorization: Basic ${btoa(`x:${secret}\0`)}`, `Authorization: Basic ${btoa(`x:${secret}\n`)}`, `Authorization: Basic ${btoa(`x:${secret}`)} x`, `Authorization: Digest username="root", response="${secret}"`, `Authorization: Negotiate ${btoa(secret)}`,
      `Authorization: Bearer ${secret}\r\nAuthorization: Bearer ${secret}`, `Authorization: Bearer wrong\r\nAuthorization: Bearer ${secret}`, `Authorization: Bearer ${secret}\r\nAuthorization: Bearer wrong`, `PRIVATE-TOKEN: wrong\r\nPRIVATE-TOKEN: ${secret}`, `PRIVATE-TOKEN: ${secret}\r\nPRIVATE-TOKEN: wrong`, `Authorization: Bearer \xff${secret}`,
      `X-Private-Token: ${secret}`, `PRIVATE_TOKEN: ${secret}`, `Cookie: private_token=${secret}`, `X-Forwarded-User: root`, `X-Remote-User: root`, `Remote-User: root`, `X-WEBAUTH-USER: root`, `X-Auth-Token: ${secret}`, `Proxy-Authorization: Bearer ${secret}`,
    ];
    const before = target.town.site.records();
    for (const head of heads)
      for (const first of [read(), remove()]) {
        const answer = await target.send(requestOf(first, head.split("\r\n")));
        expect([head.replaceAll(secret, "SECRET"), first.slice(0, 6), [400, 401].includes(answer?.status ?? 400)]).toEqual([head.replaceAll(secret, "SECRET"), first.slice(0, 6), true]);
      }
    expect(target.town.site.records()).toBe(before);
  });
});

describe("two credentials at once", () => {
  it("never add up: what one alone may not, it may not beside another that lets nobody in or less", async () => {
    const before = target.town.site.records();
    const weak = ["wrong", secrets.expired, secrets.revoked, secrets.reader, secrets.ofDemoted];
    for (const one of carriers)
      for (const other of carriers)
        for (const [first, second] of [[weak[0], secrets.reader], [secrets.reader, weak[1]], [weak[2], weak[3]], [secrets.ofDemoted, secrets.reader]] as const) {
          const carried = [one(first ?? ""), other(second ?? "")];
          for (const wanted of [write(), remove()]) {
            const status = await ask(wanted, carried, wanted.startsWith("PUT") ? "x" : null);
            expect([JSON.stringify(carried).replaceAll(/gl\w+-[\w-]+/g, "..."), status === 400 || status === 401 || status === 403]).toEqual([JSON.stringify(carried).replaceAll(/gl\w+-[\w-]+/g, "..."), true]);
          }
        }
    expect(target.town.site.records()).toBe(before);
  }, 60_000);

  it("are judged by the first that counts: a wrong one before a right one is not passed over", async () => {
    for (const [order, status] of [
      [[`PRIVATE-TOKEN: wrong`, `Authorization: Bearer ${target.token}`], 401],
      [[`JOB-TOKEN: wrong`, `Authorization: Bearer ${target.token}`], 401],
      [[`DEPLOY-TOKEN: wrong`, `PRIVATE-TOKEN: ${target.token}`], 200],
      [[`DEPLOY-TOKEN: ${secrets.deploy}`, `Authorization: Bearer wrong`], 200],
      [[`Authorization: Bearer wrong`, `PRIVATE-TOKEN: ${target.token}`], 200],
      [[`JOB-TOKEN: ${secrets.job}`, `Authorization: Bearer wrong`], 200],
    ] as const)
      expect([order[0]?.split(":")[0], await ask(read(), [{ lines: [...order] }])]).toEqual([order[0]?.split(":")[0], status]);
  });
});
