import { describe, expect, it } from "bun:test";
import { openSite, type SiteAnswer } from "../../support/gitlab-site.ts";

/** So that no period ends within a test. */
const clock = { nowMs: () => 1_700_000_001_000 };
const settings = { STOWAGE_RATE_LIMIT_ANONYMOUS: "2", STOWAGE_RATE_LIMIT_SIGNED_IN: "3", STOWAGE_RATE_LIMIT_SECONDS: "60" };
const told = ({ headers }: SiteAnswer) => ["limit", "remaining", "observed"].map((name) => headers.get(`ratelimit-${name}`));

describe("rate limits", () => {
  it("are off by default, and tell nothing", async () => {
    const site = await openSite();
    const answer = await site.ask("GET", "/api/v4/projects/1/packages");
    expect(answer.headers.get("ratelimit-limit")).toBeNull();
    await site.stop();
  });

  it("count by address without a valid token, and by account with one", async () => {
    const site = await openSite(settings, clock);
    const caller = await site.caller("dora");
    const path = "/api/v4/projects/999/packages";
    const anonymous = [await site.ask("GET", path), await site.ask("GET", path, { token: "glpat-wrong" }), await site.ask("GET", path)];
    expect(anonymous.map(({ status }) => status)).toEqual([404, 401, 429]);
    expect(anonymous.map(told)).toEqual([["2", "1", "1"], ["2", "0", "2"], ["2", "0", "3"]]);
    const [, , refused] = anonymous;
    expect([refused?.text, Number(refused?.headers.get("retry-after")) > 0]).toEqual(["Retry later\n", true]);
    expect(refused?.headers.get("ratelimit-name")).toBe("throttle_unauthenticated_packages_api");

    const { token } = caller;
    const signedIn: SiteAnswer[] = [];
    for (const [method, to] of [["GET", path], ["PUT", `${path}/generic/a/1/f`], ["POST", "/api/graphql"], ["GET", path]] as const)
      signedIn.push(await site.ask(method, to, { token, ...(method === "POST" ? { json: { query: "{ __typename }" } } : {}) }));
    expect(signedIn.map(({ status }) => status)).toEqual([404, 404, 200, 429]);
    expect(signedIn.map((answer) => told(answer)[1])).toEqual(["2", "1", "0", "0"]);
    const other = await site.caller("olga");
    expect((await site.ask("GET", path, { token: other.token })).status).toBe(404);
    await site.stop();
  });

  it("leave the other APIs alone", async () => {
    const site = await openSite({ ...settings, STOWAGE_RATE_LIMIT_ANONYMOUS: "1" }, clock);
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await site.ask("GET", "/api/packages/nobody/generic/a/1/f")).status);
    expect(statuses).toEqual([404, 404, 404]);
    await site.stop();
  });
});
