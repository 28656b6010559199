import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { openTarget, requestOf, type Target } from "./open-target.ts";

const rounds = 8;
let target: Target;
beforeAll(async () => {
  target = await openTarget("races on one path, on rights and on rules");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => {
  await target.expectSound();
  expect((await target.town.site.server.verify()).problems).toEqual([]);
});

const put = async (path: string, secret: string, body: string): Promise<number> =>
  (await target.send(requestOf(`PUT ${path}`, [`PRIVATE-TOKEN: ${secret}`, `Authorization: token ${secret}`], body), 30_000))?.status ?? 0;
const get = async (path: string, secret = target.token) => target.send(requestOf(`GET ${path}`, [`PRIVATE-TOKEN: ${secret}`, `Authorization: token ${secret}`]), 30_000);
const counted = (statuses: readonly number[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** More than any publisher sends while rights or rules change. */
const mostUploads = 1000;

/**
 * Five publish one file after the other, the door is shut once more than `openAnswers` of them are answered, and each goes on until two of
 * its own were sent behind it. Answers the statuses of those sent before the door was shut, and after.
 */
async function publishAcross(
  publish: (file: string) => Promise<number>,
  openAnswers: number,
  shut: () => Promise<void>,
): Promise<{ readonly early: readonly number[]; readonly late: readonly number[] }> {
  let isShut = false;
  const early: number[] = [];
  const late: number[] = [];
  const begun = Promise.withResolvers<void>();
  const publisher = async (one: number): Promise<void> => {
    for (let index = 0, lateOnes = 0; lateOnes < 2 && index < mostUploads; index += 1) {
      const isLate = isShut;
      const status = await publish(`f-${one}-${index}`);
      (isLate ? late : early).push(status);
      if (isLate) lateOnes += 1;
      if (early.length > openAnswers) begun.resolve();
    }
  };
  const shutting = async (): Promise<void> => {
    await begun.promise;
    await shut();
    isShut = true;
  };
  await Promise.all([shutting(), ...Array.from({ length: 5 }, (_, one) => publisher(one))]);
  return { early, late };
}

describe("races on one path", () => {
  it("of different bytes at Gitea's have one winner, whose bytes are served", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const path = `/api/packages/root/generic/race/${round}.0/f`;
      const statuses = await Promise.all(Array.from({ length: 12 }, (_, one) => put(path, target.token, `bytes of ${one}`)));
      expect(counted(statuses)).toEqual({ 201: 1, 409: 11 });
      expect((await get(path))?.text).toBe(`bytes of ${statuses.indexOf(201)}`);
    }
  }, 60_000);

  it("of publishing and deleting leave a whole file or none", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const path = `/api/packages/root/generic/flicker/${round}.0/f`;
      await Promise.all(
        Array.from({ length: 12 }, async (_, one) =>
          one % 3 === 0 ? target.send(requestOf(`DELETE ${path}`, [`Authorization: token ${target.token}`]), 30_000) : one % 3 === 1 ? put(path, target.token, `whole ${one}`) : get(path),
        ),
      );
      const left = await get(path);
      expect([left?.status === 404 || /^whole \d+$/.test(left?.text ?? ""), round]).toEqual([true, round]);
    }
  }, 60_000);

  it("of names that differ in case alone make one account, group, project and token, never two", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const names = [`Case${round}`, `case${round}`, `CASE${round}`, `cASE${round}`];
      const make = (path: string, body: (name: string) => object): Promise<number[]> =>
        Promise.all(
          names.map(async (name) =>
            (await target.send(requestOf(`POST ${path}`, [`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`, "Content-Type: application/json"], JSON.stringify(body(name))), 30_000))?.status ?? 0,
          ),
        );
      expect(counted(await make("/api/v1/orgs", (name) => ({ username: name })))[201]).toBe(1);
      expect(counted(await make("/api/v4/projects", (name) => ({ path: name })))[201]).toBe(1);
      expect(counted(await make("/api/v4/groups", (name) => ({ name, path: `g${name}` })))[201]).toBe(1);
    }
  }, 60_000);
});

describe("races on rights", () => {
  it("let nobody publish who was shut out before the request was sent", async () => {
    const { town, place, project } = target;
    const { namespaces, accessTokens } = town.site.server.stores.metadata;
    for (let round = 0; round < rounds; round += 1) {
      const name = `leaver${round}`;
      const userId = await town.person(name);
      await town.member(place.group.id, name, 40);
      const { id, secret } = await town.mint(name, ["api"]);
      const { early, late } = await publishAcross(
        (file) => put(`${project}/packages/generic/rights/${round}.0/${file}`, secret, "x"),
        round,
        async () => {
          if (round % 2 === 0) await accessTokens.revoke(id, Date.now());
          else await namespaces.setGrant({ namespaceId: place.group.id, userId, level: 10 });
        },
      );
      expect([round, early.includes(201), late.length > 0]).toEqual([round, true, true]);
      expect([round, late.filter((status) => status < 400)]).toEqual([round, []]);
    }
  }, 60_000);

  it("make no successor of a token twice, and none of one that was revoked", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const { secret } = await target.town.mint("owner", ["api"]);
      const answers = await Promise.all(Array.from({ length: 8 }, () => target.send(requestOf("POST /api/v4/personal_access_tokens/self/rotate", [`PRIVATE-TOKEN: ${secret}`], ""), 30_000)));
      const made = answers.filter((answer) => answer?.status === 200);
      expect([round, made.length]).toEqual([round, 1]);
      expect((await get("/api/v4/user", secret))?.status).toBe(401);
    }
  }, 60_000);

  it("never leave an instance without an administrator", async () => {
    const { town } = target;
    const admins = [town.userIds.get("root") ?? 0, town.userIds.get("chief") ?? 0];
    const [rootToken, chiefToken] = [target.token, (await town.mint("chief", ["api"])).secret];
    const demote = (id: number, secret: string) => target.send(requestOf(`PUT /api/v4/users/${id}`, [`PRIVATE-TOKEN: ${secret}`, "Content-Type: application/json"], JSON.stringify({ admin: false })), 30_000);
    await Promise.all([demote(admins[1] ?? 0, rootToken), demote(admins[0] ?? 0, chiefToken), demote(admins[0] ?? 0, rootToken), demote(admins[1] ?? 0, chiefToken)]);
    const left = [rootToken, chiefToken].map(async (secret) => (await get("/api/v4/application/plan_limits", secret))?.status);
    const statuses = await Promise.all(left);
    expect(statuses).toContain(200);
    // What the other tests rest on.
    const survivor = statuses[0] === 200 ? rootToken : chiefToken;
    for (const id of admins) await target.send(requestOf(`PUT /api/v4/users/${id}`, [`PRIVATE-TOKEN: ${survivor}`, "Content-Type: application/json"], JSON.stringify({ admin: true })));
  }, 60_000);
});

describe("races on rules", () => {
  it("publish nothing under a rule that was there before the request was sent", async () => {
    const { town, project } = target;
    await town.person("dev");
    await town.member(target.place.group.id, "dev", 30);
    const { secret } = await town.mint("dev", ["api"]);
    for (let round = 0; round < rounds; round += 1) {
      const { early, late } = await publishAcross(
        (file) => put(`${project}/packages/generic/guarded${round}/1.0/${file}`, secret, "x"),
        round,
        async () => {
          await town.make("POST", `${project}/packages/protection/rules`, { package_name_pattern: `guarded${round}`, package_type: "generic", minimum_access_level_for_push: "owner" });
        },
      );
      expect([round, early.includes(201), late.length > 0]).toEqual([round, true, true]);
      expect([round, late.filter((status) => status < 400)]).toEqual([round, []]);
    }
  }, 60_000);

  it("reserve a version for one publisher alone", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const path = `/api/stowage/v1/namespaces/${target.place.project.id}/packages/numbered${round}/reservations`;
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => target.send(requestOf(`POST ${path}`, [`PRIVATE-TOKEN: ${target.token}`, "Content-Type: application/json"], JSON.stringify({ bump: "patch" })), 30_000)),
      );
      const versions = answers.map((answer) => /"version":"([^"]+)"/.exec(answer?.text ?? "")?.[1]);
      expect(answers.every((answer) => answer?.status === 201)).toBe(true);
      expect(new Set(versions).size).toBe(10);
    }
  }, 60_000);
});
