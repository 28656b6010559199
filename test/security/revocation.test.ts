import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { newToken, sha256Of } from "../contracts/metadata-store/records.ts";
import { addPublisher, revocations, type Publisher, type Revocation } from "./revocations.ts";
import { openSite, type Site } from "./site.ts";
import { beginUpload } from "./slow-upload.ts";

let nowMs = Date.UTC(2030, 0, 1);
let site: Site;
/** As another process has it: a store of its own on the folder that the server uses. */
let other: Stores;
/** Done before bytes are put in place, after the publish was confirmed. */
let beforePlacing: (() => Promise<unknown>) | null = null;

beforeAll(async () => {
  site = await openSite({}, {
    clock: { nowMs: () => nowMs },
    open: async (config) => {
      const stores = await openStores(config);
      const place: Stores["blobs"]["place"] = async (staged) => {
        await beforePlacing?.();
        return await stores.blobs.place(staged);
      };
      return { ...stores, blobs: { ...stores.blobs, place } };
    },
  });
  const { dataDirectory } = site.server;
  other = await openStores({
    database: { scheme: "sqlite", path: join(dataDirectory, "stowage.db") },
    blobs: { scheme: "file", directory: dataDirectory },
  });
}, 30_000);
afterEach(() => {
  beforePlacing = null;
});
afterAll(async () => {
  await other.close();
  await site.server.stop();
});

const ways = ["a request", "another process"] as const;
const revoke = async (way: (typeof ways)[number], revocation: Revocation, publisher: Publisher): Promise<void> => {
  if (way === "a request") await revocation.byRoute(site, publisher);
  else await revocation.byStore(other, publisher);
};

const fileOf = ({ organisation }: Publisher, version: string): string => `/api/packages/${organisation}/generic/p/${version}/f`;

/** That nothing of the organisation is there: no file, no record, no bytes on their way. */
async function expectNothing(publisher: Publisher, packageRecords: string): Promise<void> {
  expect((await site.ask("GET", fileOf(publisher, "1.0"), { as: site.root })).status).toBe(404);
  expect(recordsOfPackages()).toBe(packageRecords);
  expect(await site.server.stores.blobs.staging("count")).toBe(0);
}

function recordsOfPackages(): string {
  return site.records().split("\n").filter((line) => /^\["(packages|versions|files|blobs)"/.test(line)).join("\n");
}

describe("during an upload", () => {
  for (const way of ways)
    for (const revocation of revocations)
      test(`${revocation.name}, by ${way}: it is refused at its end and leaves nothing`, async () => {
        const publisher = await addPublisher(site, revocation);
        const before = recordsOfPackages();
        const upload = await beginUpload(site, fileOf(publisher, "1.0"), publisher.as);
        await revoke(way, revocation, publisher);
        expect(await upload.finish()).toBe(revocation.status);
        await expectNothing(publisher, before);
      });

  test("nothing is taken away: it succeeds", async () => {
    const publisher = await addPublisher(site, { credential: "token", standing: "member" });
    const upload = await beginUpload(site, fileOf(publisher, "1.0"), publisher.as);
    expect(await upload.finish()).toBe(201);
    expect((await site.ask("GET", fileOf(publisher, "1.0"), { as: publisher.as })).text).toBe("first half, second half.");
  });

  test("the token expires: it is refused at its end and leaves nothing", async () => {
    const publisher = await addPublisher(site, { credential: "token", standing: "member" });
    const before = recordsOfPackages();
    const short = { secretSha256: sha256Of("short-lived-secret-0001"), scopes: ["write:package"], nowMs, expiresAtMs: nowMs + 60_000 };
    await site.server.stores.metadata.tokens.create(newToken(publisher.user.id, "short", short));
    const upload = await beginUpload(site, fileOf(publisher, "1.0"), "token short-lived-secret-0001");
    nowMs += 60_000;
    expect((await site.ask("GET", fileOf(publisher, "1.0"), { as: "token short-lived-secret-0001" })).status).toBe(401);
    expect(await upload.finish()).toBe(401);
    await expectNothing(publisher, before);
  });

  // Holds as soon as the decision is made after the bytes are in place, next to the commit.
  test("the token is revoked while the bytes are put in place: it is refused and leaves nothing", async () => {
    const [revocation] = revocations;
    if (revocation === undefined) throw new Error("there are no revocations");
    const publisher = await addPublisher(site, revocation);
    const before = recordsOfPackages();
    const upload = await beginUpload(site, fileOf(publisher, "1.0"), publisher.as);
    beforePlacing = () => revoke("a request", revocation, publisher);
    expect(await upload.finish()).toBe(401);
    await expectNothing(publisher, before);
  });
});

describe("between two requests", () => {
  for (const way of ways)
    for (const revocation of revocations)
      test(`${revocation.name}, by ${way}: the next request is refused`, async () => {
        const publisher = await addPublisher(site, revocation);
        const { as, organisation } = publisher;
        const list = `/api/v1/packages/${organisation}`;
        const status = async (method: string, path: string): Promise<number> =>
          (await site.ask(method, path, { as, ...(method === "PUT" ? { body: "content" } : {}) })).status;
        if (revocation.isOfEmpty !== true) {
          expect(await status("PUT", fileOf(publisher, "1.0"))).toBe(201);
          // Twice: what answers the second time is what was kept of the first.
          for (let again = 0; again < 2; again += 1) expect(await status("GET", fileOf(publisher, "1.0"))).toBe(200);
        }
        expect(await status("GET", list)).toBe(200);
        await revoke(way, revocation, publisher);
        const before = site.records();
        expect(await status("GET", fileOf(publisher, "1.0"))).toBe(revocation.status);
        expect(await status("PUT", fileOf(publisher, "2.0"))).toBe(revocation.status);
        expect(await status("DELETE", fileOf(publisher, "1.0"))).toBe(revocation.status);
        expect([401, 403, 404]).toContain(await status("GET", list));
        expect(site.records()).toBe(before);
      });

  for (const way of ways)
    test(`a public organisation turns private, by ${way}: nobody reads it any more, and again when it turns public`, async () => {
      const publisher = await addPublisher(site, { credential: "public-only", standing: "member" });
      const { organisation, organisationId } = publisher;
      const stranger = await site.addToken((await site.addUser(`stranger-${organisation}`)).name, "all");
      await site.must("PUT", fileOf(publisher, "1.0"), "content");
      const turn = async (visibility: "public" | "private" | "internal"): Promise<void> => {
        if (way === "another process") await other.metadata.namespaces.update(organisationId, { visibility });
        else await site.must("PATCH", `/api/v1/orgs/${organisation}`, { visibility: visibility === "internal" ? "limited" : visibility });
      };
      const read = async (): Promise<number[]> =>
        Promise.all([undefined, stranger, publisher.as].map(async (as) => (await site.ask("GET", fileOf(publisher, "1.0"), { as })).status));
      for (let round = 0; round < 3; round += 1) {
        expect(await read()).toEqual([200, 200, 200]);
        await turn("private");
        expect(await read()).toEqual([401, 401, 403]);
        await turn("internal");
        expect(await read()).toEqual([401, 200, 403]);
        await turn("public");
      }
    });

  test("a file deleted by another process, and a token made by it, count at once", async () => {
    const publisher = await addPublisher(site, { credential: "token", standing: "member" });
    const { as, organisationId } = publisher;
    const secret = "token made-by-another-process-01";
    const read = async (): Promise<number> => (await site.ask("GET", fileOf(publisher, "1.0"), { as })).status;
    await site.must("PUT", fileOf(publisher, "1.0"), "content");
    expect([await read(), await read()]).toEqual([200, 200]);
    expect((await site.ask("GET", fileOf(publisher, "1.0"), { as: secret })).status).toBe(401);
    const version = await other.metadata.packages.findVersion({ namespaceId: organisationId, packageName: "p", version: "1.0", match: "folded" });
    await other.metadata.publishing.deleteVersion({ namespaceId: organisationId, versionId: version?.id ?? 0, nowMs });
    expect(await read()).toBe(404);
    await other.metadata.tokens.create(newToken(publisher.user.id, "other", { secretSha256: sha256Of(secret.slice(6)), nowMs }));
    expect((await site.ask("GET", fileOf(publisher, "1.0"), { as: secret })).status).toBe(404);
  });
});
