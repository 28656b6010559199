import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { openTokenSite, type TokenSite } from "../../support/token-site.ts";

let site: TokenSite;
beforeAll(async () => {
  site = await openTokenSite();
});
afterAll(async () => {
  await site.stop();
});

type Headers = Readonly<Record<string, string>>;
const jobTokens = "/api/stowage/v1/job-tokens";

async function ask(headers: Headers, method: string, path: string, body?: string): Promise<{ response: Response; body: unknown }> {
  const response = await fetch(site.server.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  return { response, body: text === "" ? null : (JSON.parse(text) as unknown) };
}

const asAdmin = (): Headers => ({ "private-token": site.server.admin.token });
const make = (given: object, headers = asAdmin()) =>
  ask(headers, "POST", jobTokens, JSON.stringify({ user: "developer", namespace: "acme/tools", ...given }));
async function mint(given: object = {}): Promise<{ id: number; token: string }> {
  const { response, body } = await make(given);
  expect(response.status).toBe(201);
  return body as { id: number; token: string };
}

/** Publishes with a job token; the status. */
async function publish(headers: Headers, project: string | number): Promise<number> {
  const path = `/api/v4/projects/${encodeURIComponent(project)}/packages/generic/p/1/f${crypto.randomUUID()}.txt`;
  return (await fetch(site.server.url + path, { method: "PUT", headers, body: "content" })).status;
}

describe("job tokens", () => {
  it("are made with what they stand for", async () => {
    const { response, body } = await make({ expires_in_seconds: 60, user: "DEVELOPER", namespace: "Acme/Tools" });
    expect(response.status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number), token: expect.stringMatching(/^glcbt-[A-Za-z0-9_-]{27}$/), user: "developer", namespace: "acme/tools",
      expires_at: new Date(site.nowMs() + 60_000).toISOString(),
    });
  });

  it("act for their user in their namespace, until they expire", async () => {
    const { token } = await mint();
    const basic = `Basic ${btoa(`gitlab-ci-token:${token}`)}`;
    for (const headers of [{ "job-token": token }, { authorization: `Bearer ${token}` }, { authorization: basic }] as Headers[])
      expect(await publish(headers, site.projectId)).toBe(201);
    expect(await publish({ "job-token": token }, site.userIds.developer)).not.toBe(201);
    site.passMs(3_600_000);
    expect(await publish({ "job-token": token }, site.projectId)).toBe(401);
  });

  it("have no more rights than their user has at the time", async () => {
    const { token } = await mint({ user: "stranger" });
    expect(await publish({ "job-token": token }, site.projectId)).toBe(404);
    await site.server.stores.metadata.namespaces.setGrant({ namespaceId: site.projectId, userId: site.userIds.stranger, level: 30 });
    expect(await publish({ "job-token": token }, site.projectId)).toBe(201);
    await site.server.stores.metadata.namespaces.setGrant({ namespaceId: site.projectId, userId: site.userIds.stranger, level: 0 });
    expect(await publish({ "job-token": token }, site.projectId)).toBe(404);
  });

  it("are never administrators", async () => {
    const { token } = await mint({ user: "root" });
    expect((await make({}, { "job-token": token })).response.status).toBe(401);
    expect((await make({}, { authorization: `Bearer ${token}` })).response.status).toBe(401);
    expect((await ask({ authorization: `Bearer ${token}` }, "GET", "/api/v4/personal_access_tokens")).response.status).toBe(401);
  });

  it("end when they are deleted", async () => {
    const { id, token } = await mint();
    expect((await ask(asAdmin(), "DELETE", `${jobTokens}/${id}`)).response.status).toBe(204);
    expect(await publish({ "job-token": token }, site.projectId)).toBe(401);
    const again = await ask(asAdmin(), "DELETE", `${jobTokens}/${id}`);
    expect(again.body).toEqual({ type: "about:blank", title: "Not Found", status: 404, code: "token_not_found", detail: "there is no such job token" });
  });

  it.each([
    ["too short", { expires_in_seconds: 59 }, 400, "body_malformed"],
    ["too long", { expires_in_seconds: 86_401 }, 400, "body_malformed"],
    ["a fraction", { expires_in_seconds: 60.5 }, 400, "body_malformed"],
    ["no user", { user: undefined }, 400, "body_malformed"],
    ["another field", { expires: 60 }, 400, "body_malformed"],
    ["an unknown user", { user: "nobody" }, 404, "user_not_found"],
    ["an unknown namespace", { namespace: "acme/none" }, 404, "namespace_not_found"],
  ])("are refused with %s", async (_what, given, status, code) => {
    const { response, body } = await make(given);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect([response.status, body]).toMatchObject([status, { type: "about:blank", status, code }]);
  });

  it("are for administrators", async () => {
    const maintainer = (await site.token("maintainer", ["api"])).secret;
    const narrow = (await site.token("root", ["read_api"])).secret;
    expect((await make({}, { "private-token": maintainer })).body).toMatchObject({ status: 403, code: "rights_missing" });
    expect((await make({}, { "private-token": narrow })).body).toMatchObject({ status: 403, code: "scope_missing" });
    expect((await ask({ "private-token": maintainer }, "DELETE", `${jobTokens}/1`)).response.status).toBe(403);
  });
});

describe("the native API", () => {
  it("asks for a credential, and takes it in headers only", async () => {
    const none = await make({}, {});
    expect(none.body).toMatchObject({ status: 401, code: "credentials_required" });
    expect(none.response.headers.get("www-authenticate")).toBe('Bearer realm="Stowage"');
    const inQuery = await ask({}, "POST", `${jobTokens}?private_token=${site.server.admin.token}`, "{}");
    expect(inQuery.body).toMatchObject({ status: 401, code: "credentials_required" });
    for (const headers of [
      { "private-token": "wrong" }, { authorization: "Bearer wrong" }, { authorization: `Basic ${btoa("root:wrong")}` }, { authorization: "Digest wrong" },
    ] as Headers[])
      expect((await make({}, headers)).body).toMatchObject({ status: 401, code: "credentials_invalid" });
    for (const headers of [{ authorization: `Bearer ${site.server.admin.token}` }, { authorization: `Basic ${btoa(`x:${site.server.admin.token}`)}` }])
      expect((await make({}, headers)).response.status).toBe(201);
  });

  it("takes no password", async () => {
    const { name, password } = site.server.admin;
    expect((await make({}, { authorization: `Basic ${btoa(`${name}:${password}`)}` })).body).toMatchObject({ status: 401 });
  });

  it("names the methods that a route has, and knows no other route", async () => {
    const wrong = await ask(asAdmin(), "GET", jobTokens);
    expect([wrong.response.status, wrong.response.headers.get("allow"), wrong.body]).toMatchObject([405, "POST", { code: "method_not_allowed" }]);
    const unknown = await ask(asAdmin(), "GET", "/api/stowage/v1/nothing");
    expect(unknown.response.headers.get("content-type")).toBe("application/problem+json");
    expect(unknown.body).toMatchObject({ status: 404, title: "Not Found", code: "route_not_found" });
  });

  it("refuses a body that is no JSON object, or too large", async () => {
    expect((await ask(asAdmin(), "POST", jobTokens, "user=x")).body).toMatchObject({ status: 400, code: "body_malformed" });
    expect((await ask(asAdmin(), "POST", jobTokens, "[]")).body).toMatchObject({ status: 400, code: "body_malformed" });
    expect((await ask(asAdmin(), "POST", jobTokens, JSON.stringify({ user: "u".repeat(70_000) }))).body).toMatchObject({ status: 413 });
  });

  it("writes no secret into its log", async () => {
    const { token } = await mint();
    await publish({ "job-token": token }, site.projectId);
    const log = site.server.logLines.join("\n");
    expect(log).toContain("job-tokens");
    expect(log).not.toContain(token);
    expect(log).not.toContain(site.server.admin.token);
  });
});
