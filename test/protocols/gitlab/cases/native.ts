import { expect } from "bun:test";
import { created, message, unauthorized } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { del, get, post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { nativeProblem } from "./settings.ts";
import { addMember, keep, publish } from "./steps.ts";

const reservations = (name = "tool"): string => `/api/stowage/v1/namespaces/{project}/packages/${name}/reservations`;
const jobs = "/api/stowage/v1/job-tokens";
const project = "fresh";
const asAdmin = { as: "admin" };
const reserve = (send: object, version: string, as = "developer", target = reservations()) =>
  post(target, { status: 201, jsonLike: { version, reservation: expect.any(String), expires_at: expect.any(String) } }, send, { as, check: keep({ held: "reservation" }) });
const reserved = message(403, "403 Forbidden - Version is reserved.");
const mint = (send: object, expectation: Expectation = { status: 201 }, as = "admin") =>
  post(jobs, expectation, { user: "developer", namespace: "acme/private", ...send }, { as, check: expectation.status === 201 ? keep({ job: "id", secret: "token" }) : () => undefined });
const by = { as: "anonymous", headers: { "JOB-TOKEN": "{secret}" } };

export const reservationCases: readonly ProtocolCase[] = [
  {
    row: "reservations.create",
    it: "counts on from the highest",
    project,
    steps: [
      put("tool/1.9.0/f", created),
      put("tool/1.10.2/f", created),
      put("tool/not-a-number/f", created),
      put("other/7.0.0/f", created),
      reserve({ bump: "patch" }, "1.10.3"),
      reserve({ bump: "minor" }, "1.11.0"),
      reserve({ bump: "major" }, "2.0.0"),
      reserve({ bump: "patch" }, "2.0.1"),
      reserve({ bump: "patch", expires_in_seconds: 60 }, "2.0.2"),
      reserve({ bump: "patch" }, "2.0.3", "developer", "/api/stowage/v1/namespaces/{path}/packages/tool/reservations"),
    ],
  },
  {
    row: "reservations.first",
    it: "begins somewhere",
    project,
    steps: [
      reserve({ bump: "minor", first: "3.0.0" }, "3.0.0"),
      reserve({ bump: "minor", first: "9.0.0" }, "3.1.0"),
      ...([["minor", "0.1.0"], ["patch", "0.1.0"], ["major", "0.1.0"], ["prerelease", "0.1.0-0"]] as const).map(([bump, version]) => reserve({ bump }, version, "developer", reservations(`new-${bump}`))),
    ],
  },
  {
    row: "reservations.prerelease",
    it: "counts prereleases",
    project,
    steps: [put("tool/1.0.0/f", created), reserve({ bump: "prerelease", preid: "rc" }, "1.0.1-rc.0"), reserve({ bump: "prerelease", preid: "rc" }, "1.0.1-rc.1"), reserve({ bump: "patch" }, "1.0.1")],
  },
  {
    row: "reservations.once",
    it: "gives no number twice",
    project,
    steps: [
      publish("tool/1.0.0/f", "pkg"),
      del("{api}/packages/{pkg}", { status: 204 }, { as: "maintainer" }),
      reserve({ bump: "patch" }, "1.0.1"),
      async (world, names) => {
        const target = await world.fill(reservations(), names);
        const answers = await Promise.all(Array.from({ length: 20 }, async () => await world.must(201, "POST", target, { bump: "patch" })));
        expect(new Set(answers.map((answer) => fields(answer)["version"])).size).toBe(20);
      },
    ],
  },
  {
    row: "reservations.held",
    it: "is kept from others",
    project,
    steps: [
      reserve({ bump: "major", first: "1.0.0" }, "1.0.0"),
      ...["maintainer", "owner", "admin", "deploy-rw"].map((as) => put("tool/1.0.0/f", reserved, "x", { as })),
      put("tool/1.0.1/f", created, "x", { as: "maintainer" }),
      put("tool/1.0.0/f", { status: 403 }, "x", { as: "maintainer", headers: { "Stowage-Reservation": "no-such-reservation" } }),
      get("tool/1.0.0/f", { status: 404 }),
    ],
  },
  {
    row: "reservations.holder",
    it: "is used by its holder",
    project,
    steps: [
      reserve({ bump: "major", first: "1.0.0" }, "1.0.0"),
      put("tool/1.0.0/f", created),
      put("tool/1.0.0/g", created, "x", { as: "job" }),
      reserve({ bump: "major" }, "2.0.0"),
      put("tool/2.0.0/f", created, "x", { as: "maintainer", headers: { "Stowage-Reservation": "{held}" } }),
      reserve({ bump: "major" }, "3.0.0", "deploy-rw"),
      put("tool/3.0.0/f", created, "x", { as: "deploy-rw" }),
    ],
  },
  {
    row: "reservations.rights",
    it: "wants the right to publish",
    project,
    steps: [
      post(reservations(), nativeProblem(401), { bump: "patch" }, { as: "anonymous" }),
      post(reservations(), nativeProblem(404), { bump: "patch" }, { as: "stranger" }),
      ...["guest", "reporter", "deploy-r"].map((as) => post(reservations(), nativeProblem(403), { bump: "patch" }, { as })),
    ],
  },
  {
    row: "reservations.refused",
    it: "wants values that mean something",
    project,
    steps: [
      ...[{}, { bump: "sideways" }, { bump: "minor", first: "one" }, { bump: "minor", expires_in_seconds: 86_401 }, { bump: "minor", expires_in_seconds: 0 }, { bump: "prerelease", preid: "no good" }].map((send) =>
        post(reservations(), nativeProblem(400), send)),
      post(reservations("bad%20name"), nativeProblem(400), { bump: "minor" }),
    ],
  },
];

export const jobTokenCases: readonly ProtocolCase[] = [
  {
    row: "job-tokens.create",
    it: "makes a token that works",
    project: "private",
    steps: [
      mint({ expires_in_seconds: 60 }, { status: 201, body: /"token":"glcbt-[^"]{20,}"/ }),
      mint({}, { status: 201, jsonLike: { id: expect.anything(), user: "developer", namespace: "acme/private", expires_at: expect.any(String) } }),
      async (_world, names) => await Promise.resolve(expect(names.get("secret")).toStartWith("glcbt-")),
      put("{p}-/1.0/f", created, "x", by),
      mint({}, { status: 201 }),
    ],
  },
  {
    row: "job-tokens.refused",
    it: "wants a user, a namespace and a time",
    steps: [
      ...[59, 86_401, 1.5, "long"].map((seconds) => mint({ expires_in_seconds: seconds }, nativeProblem(400))),
      mint({ user: "nobody-here" }, nativeProblem(404)),
      mint({ namespace: "acme/nothing" }, nativeProblem(404)),
      post(jobs, nativeProblem(400), { user: "developer" }, asAdmin),
      ...[60, 86_400].map((seconds) => mint({ expires_in_seconds: seconds })),
    ],
  },
  {
    row: "job-tokens.role",
    it: "is for administrators",
    steps: [mint({}, nativeProblem(403), "owner"), mint({}, nativeProblem(401), "anonymous")],
  },
  {
    row: "job-tokens.delete",
    it: "ends a token",
    project: "private",
    steps: [
      mint({}),
      get("{api}/packages", { status: 200 }, by),
      del(`${jobs}/{job}`, nativeProblem(403), { as: "owner" }),
      del(`${jobs}/{job}`, { status: 204 }, asAdmin),
      get("{api}/packages", unauthorized, by),
      del(`${jobs}/{job}`, nativeProblem(404), asAdmin),
    ],
  },
  {
    row: "job-tokens.elsewhere",
    it: "is a stranger outside its namespace",
    project,
    steps: [
      addMember("projects", "project", "job-member", 30),
      mint({}),
      get("/api/v4/projects/{id:internal}/packages", { status: 200 }, by),
      get("{api}/packages", { status: 404 }, by),
      put("/api/v4/projects/{id:public}/packages/generic/{p}-/1/f", { status: 403 }, "x", by),
      get("/api/v4/projects/{id:private}/packages", { status: 200 }, by),
    ],
  },
  {
    row: "job-tokens.never",
    it: "reaches neither members nor tokens nor the instance",
    project: "private",
    steps: [
      mint({ user: "root" }),
      ...["{api}/variables", "{api}/members", "{api}/access_tokens", "{api}/deploy_tokens", "/api/v4/application/plan_limits", "/api/v4/personal_access_tokens"].map((target) =>
        get(target, unauthorized, by)),
      post("{api}/members", unauthorized, { user_id: 1, access_level: 50 }, by),
      post(jobs, nativeProblem(401), { user: "developer", namespace: "acme/private" }, by),
      post("/api/v4/users", unauthorized, {}, by),
    ],
  },
];
