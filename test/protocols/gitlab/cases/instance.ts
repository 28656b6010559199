import { expect } from "bun:test";
import { created, forbidden, message, noProject, noRoute, unauthorized } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { get, post, put, request, type Exchange, type Expectation, type ProtocolCase } from "../protocol-case.ts";

const limits = "/api/v4/application/plan_limits";
const asAdmin = { as: "admin" };
const setLimit = (query: string, expectation: Expectation, as = "admin"): Exchange => request("PUT", `${limits}?${query}`, expectation, { as });
const tooLarge = message(400, "400 Bad request - File is too large");
const none = ["pipelines", "repository/tags", "merge_requests", "issues"] as const;

export const instanceCases: readonly ProtocolCase[] = [
  {
    row: "instance.version",
    it: "tells GitLab's level",
    steps: [
      get("/api/v4/version", { status: 200, jsonLike: { version: expect.stringMatching(/^18\.\d+\.\d+/), revision: expect.any(String) } }),
      get("/api/v4/metadata", { status: 200, jsonLike: { version: expect.stringMatching(/^18\./) } }),
      get("/api/v4/version", { status: 200 }, { as: "developer/read_user" }),
      get("/api/v4/version", unauthorized, { as: "anonymous" }),
    ],
  },
  {
    row: "instance.plan-limits",
    it: "tells the limits",
    steps: [
      get(limits, { status: 200, jsonLike: { generic_packages_max_file_size: expect.any(Number) } }, asAdmin),
      get(`${limits}?plan_name=default`, { status: 200 }, asAdmin),
    ],
  },
  {
    row: "instance.plan-limits.default",
    it: "has none until it is set",
    steps: [get(limits, { status: 200, jsonLike: { generic_packages_max_file_size: 0 } }, asAdmin)],
  },
  {
    row: "instance.plan-limits.put",
    it: "limits uploads from the next one on",
    project: "fresh",
    steps: [
      setLimit("plan_name=default&generic_packages_max_file_size=4", { status: 200, jsonLike: { generic_packages_max_file_size: 4 } }),
      put("a/1.0/f", tooLarge, "hello"),
      put("a/1.0/f", tooLarge, "hello", { chunkBytes: 2 }),
      put("a/1.0/f", created, "four"),
      get("{api}/packages", { status: 200 }, { check: (answer) => expect(answer.text).toMatch(/^\[\{[^[]*\[\][^[]*\}\]$/) }),
      setLimit("plan_name=default&generic_packages_max_file_size=0", { status: 200 }),
      put("a/1.0/g", created, "hello"),
    ],
  },
  {
    row: "instance.plan-limits.refused",
    it: "wants a plan and a number",
    steps: [
      setLimit("generic_packages_max_file_size=4", { status: 400, body: /plan_name is missing/ }),
      setLimit("plan_name=gold&generic_packages_max_file_size=4", { status: 400 }),
      setLimit("plan_name=default&generic_packages_max_file_size=many", { status: 400, body: /generic_packages_max_file_size is invalid/ }),
      get(limits, { status: 200, jsonLike: { generic_packages_max_file_size: 0 } }, asAdmin),
    ],
  },
  {
    row: "instance.plan-limits.role",
    it: "is for administrators",
    steps: [
      get(limits, forbidden, { as: "owner" }),
      setLimit("plan_name=default&generic_packages_max_file_size=4", forbidden, "owner"),
      get(limits, unauthorized, { as: "anonymous" }),
    ],
  },
  {
    row: "instance.rate.off",
    it: "limits nothing",
    steps: Array.from({ length: 30 }, () => get("/api/v4/version", { status: 200, headers: { "ratelimit-limit": null, "ratelimit-remaining": null } })),
  },
  {
    row: "instance.unknown",
    it: "is not found",
    steps: [
      ...["/api/v4/", "/api/v4/nothing", "{api}/nothing"].map((target) => get(target, noRoute)),
      post("/api/v4/nothing", noRoute, {}),
    ],
  },
  {
    row: "none.lists",
    it: "is empty",
    steps: none.map((name) => get(`{api}/${name}`, { status: 200, json: [] }, { as: "anonymous" })),
  },
  {
    row: "none.one",
    it: "is not found",
    steps: none.map((name) => get(`{api}/${name}/1`, { status: 404, body: /^\{"message":"404 / })),
  },
  {
    row: "none.invisible",
    it: "is not found",
    project: "private",
    steps: none.flatMap((name) => ["anonymous", "stranger"].map((as) => get(`{api}/${name}`, noProject, { as }))),
  },
];

/** With a limit for the anonymous alone: the world itself sends many requests as the administrator. */
export const rateCases: readonly ProtocolCase[] = [
  {
    row: "instance.rate.probe",
    it: "tells it on the address that clients probe",
    steps: ["/api/v4/", "/api/v4"].map((target) =>
      get(target, { status: 404, body: '{"error":"404 Not Found"}', headers: { "ratelimit-limit": "20", "ratelimit-remaining": /^\d+$/ } }, { as: "anonymous" })),
  },
  {
    row: "instance.rate.on",
    it: "tells the state, and refuses a request too many",
    steps: [
      get("{api}/packages", {
        status: 200,
        headers: { "ratelimit-limit": /^\d+$/, "ratelimit-remaining": /^\d+$/, "ratelimit-reset": /^\d+$/, "ratelimit-observed": /^\d+$/, "ratelimit-name": /^\S+$/ },
      }, { as: "anonymous" }),
      async (world, names) => {
        const target = `/api/v4/projects/${names.get("project") ?? ""}/packages`;
        let last = await world.api("GET", target, undefined, "anonymous");
        for (let sent = 0; last.status === 200 && sent < 1000; sent += 1) last = await world.api("GET", target, undefined, "anonymous");
        expect(last.status).toBe(429);
        expect(Number(last.headers.get("retry-after")?.[0])).toBeGreaterThan(0);
        expect(last.headers.get("ratelimit-remaining")?.[0]).toBe("0");
        expect(fields(await world.must(200, "GET", "/api/v4/user"))["username"]).toBe("root");
      },
    ],
  },
];
