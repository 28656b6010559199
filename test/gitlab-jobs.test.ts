import { afterEach, beforeEach, describe, expect, it } from "bun:test";
import type { ForeignJobs } from "../src/core/ports/foreign-jobs.ts";
import { RegistryError } from "../src/core/registry-error.ts";
import { createGitlabJobs } from "../src/gitlab-jobs.ts";
import { openTokenSite } from "./support/token-site.ts";

const secret = "glcbt-64_abcdefghijklmnopqrst";

/** A GitLab that answers as a test says, and keeps what it was asked. */
function playGitlab() {
  const asked: { path: string; token: string | null }[] = [];
  const gitlab = {
    asked,
    answer: (): Response | Promise<Response> => Response.json(gitlab.job()),
    job: (changes: object = {}) => ({
      id: 8, status: "running", web_url: `${gitlab.url}/acme/tools/-/jobs/8`, user: { id: 1, username: "developer" }, ...changes,
    }),
    url: "",
    stop: (): Promise<void> => server.stop(true),
  };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      asked.push({ path: new URL(request.url).pathname, token: request.headers.get("job-token") });
      return gitlab.answer();
    },
  });
  gitlab.url = server.url.origin;
  return gitlab;
}

let gitlab: ReturnType<typeof playGitlab>;
let nowMs: number;
let jobs: ForeignJobs;
beforeEach(() => {
  gitlab = playGitlab();
  nowMs = 1_000;
  jobs = createGitlabJobs({ url: gitlab.url, clock: { nowMs: () => nowMs } });
});
afterEach(async () => {
  await gitlab.stop();
});

const failure = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error: unknown) => error);

describe("a GitLab that knows job tokens", () => {
  it("is shown the token in a header, and believed for 30 seconds", async () => {
    const found = { userName: "developer", projectPath: "acme/tools", checkAgainAtMs: 31_000 };
    expect(await jobs.find(secret)).toEqual(found);
    expect(gitlab.asked).toEqual([{ path: "/api/v4/job", token: secret }]);
    nowMs = 30_999;
    expect(await jobs.find(secret)).toEqual(found);
    expect(gitlab.asked.length).toBe(1);
    nowMs = 31_000;
    expect(await jobs.find(secret)).toEqual({ ...found, checkAgainAtMs: 61_000 });
    expect(gitlab.asked.length).toBe(2);
  });

  it.each([401, 403, 404])("knows no token that it answers with %d, and is not asked again at once", async (status) => {
    gitlab.answer = () => new Response(null, { status });
    expect(await jobs.find(secret)).toBeNull();
    gitlab.answer = () => Response.json(gitlab.job());
    expect(await jobs.find(secret)).toBeNull();
    expect(gitlab.asked.length).toBe(1);
    nowMs += 30_000;
    expect((await jobs.find(secret))?.projectPath).toBe("acme/tools");
  });

  it.each([
    ["a job that has ended", () => ({ status: "success" })],
    ["a job of another GitLab", () => ({ web_url: "https://elsewhere.example.com/acme/tools/-/jobs/8" })],
    ["an address that only begins alike", () => ({ web_url: `${gitlab.url}.example.com/acme/tools/-/jobs/8` })],
    ["an address without project", () => ({ web_url: `${gitlab.url}/-/jobs/8` })],
    ["an address that climbs", () => ({ web_url: `${gitlab.url}/acme/tools/-/x/../jobs/8` })],
  ])("vouches for nothing with %s", async (_what, changes) => {
    gitlab.answer = () => Response.json(gitlab.job(changes()));
    expect(await jobs.find(secret)).toBeNull();
  });

  it.each([
    ["too short", "short-token-123"],
    ["too long", "x".repeat(1025)],
    ["with a space", "token with a space in it"],
    ["not ASCII", "tökentökentökentöken"],
    ["a personal token", "glpat-abcdefghijklmnopqrst"],
    ["a deploy token", "gldt-abcdefghijklmnopqrst"],
  ])("is not shown what is %s", async (_what, text) => {
    expect(await jobs.find(text)).toBeNull();
    expect(gitlab.asked).toEqual([]);
  });

  it.each([
    ["fails", () => new Response("oops", { status: 502 })],
    ["leads elsewhere", () => new Response(null, { status: 302, headers: { location: `${gitlab.url}/elsewhere` } })],
    ["sends no JSON", () => new Response("<html>")],
    ["sends another object", () => Response.json({ message: "hello" })],
    ["sends too much", () => Response.json({ ...gitlab.job(), more: "x".repeat(70_000) })],
  ])("cannot be asked when it %s, and is asked again", async (_what, answer) => {
    gitlab.answer = answer;
    const error = await failure(jobs.find(secret));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ code: "sign_in_busy" });
    expect(String(error)).not.toContain(secret);
    expect(gitlab.asked.map(({ path }) => path)).toEqual(["/api/v4/job"]);
    gitlab.answer = () => Response.json(gitlab.job());
    expect((await jobs.find(secret))?.userName).toBe("developer");
  });

  it("cannot be asked when it is not there", async () => {
    await gitlab.stop();
    expect(await failure(jobs.find(secret))).toMatchObject({ code: "sign_in_busy" });
  });

  it("is asked once about one token at a time, and about eight tokens at once", async () => {
    let [running, most] = [0, 0];
    const gates: (() => void)[] = [];
    gitlab.answer = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => gates.push(resolve));
      running -= 1;
      return Response.json(gitlab.job());
    };
    const tokens = Array.from({ length: 12 }, (_, index) => `${secret}${index}`);
    const found = Promise.all([...tokens, ...tokens].map((token) => jobs.find(token)));
    let answered = 0;
    while (answered < 12) {
      const gate = gates.shift();
      if (gate === undefined) await new Promise((resolve) => setImmediate(resolve));
      else {
        // Nobody is let go before all eight are in.
        while (answered === 0 && running < 8) await new Promise((resolve) => setImmediate(resolve));
        gate();
        answered += 1;
      }
    }
    expect((await found).every((job) => job?.projectPath === "acme/tools")).toBe(true);
    expect(gitlab.asked.length).toBe(12);
    expect(most).toBe(8);
  });

  it("does not keep anybody waiting, nor more than so many", async () => {
    const gates: (() => void)[] = [];
    gitlab.answer = () => new Promise((resolve) => gates.push(() => resolve(Response.json(gitlab.job()))));
    const startedMs = performance.now();
    const asked = Array.from({ length: 80 }, (_, index) => failure(jobs.find(`${secret}${index}`)));
    const last = await asked[79];
    expect(last).toMatchObject({ code: "sign_in_busy" });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    const all = await Promise.all(asked);
    expect(all.every((error) => error instanceof RegistryError && error.code === "sign_in_busy")).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(9_000);
    for (const open of gates) open();
    gitlab.answer = () => Response.json(gitlab.job());
    expect((await jobs.find(secret))?.userName).toBe("developer");
  }, 15_000);
});

describe("a server with STOWAGE_GITLAB_URL", () => {
  it("lets the jobs of that GitLab publish with their user's rights in the project of the same path", async () => {
    const site = await openTokenSite({ STOWAGE_GITLAB_URL: `${gitlab.url}/` });
    try {
      const publish = async (project: number) => {
        const url = `${site.server.url}/api/v4/projects/${project}/packages/generic/p/1/f${crypto.randomUUID()}`;
        return (await fetch(url, { method: "PUT", headers: { "job-token": secret }, body: "content" })).status;
      };
      expect(await publish(site.projectId)).toBe(201);
      expect(await publish(site.userIds.developer)).not.toBe(201);
      site.passMs(30_000);
      gitlab.answer = () => Response.json(gitlab.job({ user: { username: "somebody-else" } }));
      expect(await publish(site.projectId)).toBe(401);
      site.passMs(30_000);
      gitlab.answer = () => new Response(null, { status: 500 });
      expect(await publish(site.projectId)).toBe(503);
      expect(site.server.logLines.join("\n")).not.toContain(secret);
    } finally {
      await site.stop();
    }
  });
});
