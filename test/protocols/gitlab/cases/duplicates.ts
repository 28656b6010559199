import { expect } from "bun:test";
import { rawRequest } from "../../../support/raw-http.ts";
import { fields, rows } from "../../json-answers.ts";
import { bytes, created, message } from "../answers.ts";
import { get, put, type Exchange, type ProtocolCase } from "../protocol-case.ts";
import { settings } from "../settings-step.ts";
import { projectOf, type World } from "../world.ts";
import type { Names } from "../../exchange.ts";

const duplicate = message(400, "400 Bad request - Duplicate package is not allowed");

/** The contents of the only version of the case's package, revision by revision, by their sizes. */
const revisions = (...sizes: readonly number[]) => async (world: World, names: Names): Promise<void> => {
  const api = `/api/v4/projects/${projectOf(names)}/packages`;
  const [version] = rows(await world.must(200, "GET", `${api}?package_name=${names.get("p") ?? ""}`));
  const files = rows(await world.must(200, "GET", `${api}/${String(version?.["id"])}/package_files`));
  expect(files.map((file) => file["size"])).toEqual([...sizes]);
};

/** A second upload of the same file with these settings, and what it gets. */
const again = (allows: boolean, change: Readonly<Record<string, unknown>>, target = "{p}/1.0/f") => [
  settings(change),
  put(target, allows ? created : duplicate, "again"),
];

const name = "{p}-x";

export const duplicates: readonly ProtocolCase[] = [
  {
    row: "dup.allow",
    it: "adds revisions and serves the newest",
    steps: [
      put("{p}/1.0/f", created, "1"),
      put("{p}/1.0/f", created, "22"),
      put("{p}/1.0/f", created, "22"),
      put("{p}/1.0/f", created, "4444"),
      get("{p}/1.0/f", bytes("4444")),
      revisions(1, 2, 2, 4),
    ],
  },
  {
    row: "dup.reject",
    it: "refuses the same file again",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      put("{p}/1.0/dir/f", created),
      settings({ duplicates: "reject" }),
      put("{p}/1.0/f", duplicate),
      put("{p}/1.0/f", duplicate, "other"),
      put("{p}/1.0/f", duplicate, "x".repeat(300_000), { chunkBytes: 60_000 }),
      put("{p}/1.0/dir%2Ff", duplicate, "other"),
      put("{p}/1.0/f?select=package_file", duplicate, "other"),
      get("{p}/1.0/f", bytes("hello")),
      settings({ duplicates: "allow" }),
      put("{p}/1.0/f", created, "other"),
    ],
  },
  {
    row: "dup.reject.new",
    it: "takes another file, directory or version",
    project: "fresh",
    steps: [
      settings({ duplicates: "reject" }),
      put("{p}/1.0/f", created),
      put("{p}/1.0/g", created),
      put("{p}/1.0/dir/f", created),
      put("{p}/1.1/f", created),
      put("{p}/1.0/F", created),
    ],
  },
  {
    row: "dup.identical",
    it: "takes the same bytes as done",
    project: "fresh",
    steps: [
      settings({ duplicates: "identical" }),
      put("{p}/1.0/f", created),
      put("{p}/1.0/f", created),
      put("{p}/1.0/f?select=package_file", { status: 200, jsonLike: { size: 5 } }),
      put("{p}/1.0/f", duplicate, "other"),
      get("{p}/1.0/f", bytes("hello")),
      revisions(5),
    ],
  },
  {
    row: "dup.exception",
    it: "turns the setting round for matching packages and versions",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      put(`${name}/1.0/f`, created),
      ...again(true, { duplicates: "allow", duplicate_exception_regex: "nothing.*" }),
      ...again(false, { duplicates: "reject", duplicate_exception_regex: "nothing.*" }),
      ...again(true, { duplicates: "reject", duplicate_exception_regex: ".*-x" }, `${name}/1.0/f`),
      ...again(false, { duplicates: "allow", duplicate_exception_regex: ".*-x" }, `${name}/1.0/f`),
      ...again(true, { duplicates: "reject", duplicate_exception_regex: "1\\.0" }),
      ...again(false, { duplicates: "allow", duplicate_exception_regex: "1\\.0" }),
      ...again(true, { duplicates: "reject", duplicate_exception_regex: "c.*|1.*" }),
      ...again(false, { duplicates: "allow", duplicate_exception_regex: "c.*|1.*" }),
    ],
  },
  {
    row: "dup.exception.whole",
    it: "matches whole names only",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      ...again(false, { duplicates: "reject", duplicate_exception_regex: "1" }),
      ...again(false, { duplicates: "reject", duplicate_exception_regex: "c" }),
      ...again(true, { duplicates: "reject", duplicate_exception_regex: "[0-9.]+" }),
      ...again(false, { duplicates: "reject", duplicate_exception_regex: "1|0" }),
    ],
  },
  {
    row: "dup.exception.empty",
    it: "changes nothing",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      ...again(false, { duplicates: "reject", duplicate_exception_regex: "" }),
      ...again(true, { duplicates: "allow", duplicate_exception_regex: "" }),
      ...again(false, { duplicates: "reject", duplicate_exception_regex: null }),
    ],
  },
  {
    row: "dup.exception.syntax",
    it: "refuses what RE2 refuses",
    project: "fresh",
    steps: [
      ...["(?=a)b", "(?<!a)b", "(a)\\1", "(", "[", "*a", "a{2,1}", "a".repeat(256)].map(
        (pattern): Exchange => ({
          method: "PATCH",
          target: "/api/stowage/v1/namespaces/{path}/settings",
          as: "admin",
          send: { duplicate_exception_regex: pattern },
          expect: { status: 400 },
        }),
      ),
      settings({ duplicate_exception_regex: "a".repeat(255) }),
      settings({ duplicate_exception_regex: "(?i)release-(?P<kind>[a-z]+)|\\pL+|\\d{1,3}" }),
    ],
  },
  {
    row: "dup.exception.linear",
    it: "answers soon whatever the pattern",
    project: "fresh",
    steps: [
      settings({ duplicates: "reject", duplicate_exception_regex: "(a*)*(a*)*(a|aa|a+)+(a?){100}b" }),
      put(`${"a".repeat(254)}/${"a".repeat(255)}/f`, created),
      async (world, names) => {
        const begun = performance.now();
        const target = `/api/v4/projects/${projectOf(names)}/packages/generic/${"a".repeat(254)}/${"a".repeat(255)}/f`;
        expect((await world.api("PUT", target)).status).toBe(400);
        expect(performance.now() - begun).toBeLessThan(1000);
      },
    ],
  },
  {
    row: "dup.inherited",
    it: "takes the group's setting unless the project has one",
    steps: [
      async (world, names) => {
        const group = { name: `group-${names.get("p") ?? ""}`, path: `group-${names.get("p") ?? ""}`, visibility: "public" };
        const id = fields(await world.must(201, "POST", "/api/v4/groups", group))["id"];
        await world.must(200, "PATCH", `/api/stowage/v1/namespaces/${group.path}/settings`, { duplicates: "reject" });
        const project = { name: "inner", path: "inner", namespace_id: id, visibility: "public" };
        names.set("inner", String(fields(await world.must(201, "POST", "/api/v4/projects", project))["id"]));
        names.set("path", `${group.path}%2Finner`);
      },
      put("/api/v4/projects/{inner}/packages/generic/{p}/1.0/f", created, "x", { as: "admin" }),
      put("/api/v4/projects/{inner}/packages/generic/{p}/1.0/f", duplicate, "x", { as: "admin" }),
      settings({ duplicates: "allow" }),
      put("/api/v4/projects/{inner}/packages/generic/{p}/1.0/f", created, "x", { as: "admin" }),
    ],
  },
  {
    row: "dup.parallel",
    it: "lets one of many win",
    project: "fresh",
    steps: [
      settings({ duplicates: "reject" }),
      async (world, names) => {
        const target = await world.fill("{api}/packages/generic/{p}/1.0/f", names);
        const secret = (await world.secret("developer", projectOf(names))) ?? "";
        const upload = async (index: number): Promise<number> => {
          const lines = [`PUT ${target} HTTP/1.1`, "Host: h", `PRIVATE-TOKEN: ${secret}`, "Content-Length: 5"];
          return (await rawRequest(world.port, `${lines.join("\r\n")}\r\n\r\nhell${index}`)).status;
        };
        const statuses = await Promise.all(Array.from({ length: 8 }, async (_, index) => await upload(index)));
        expect(statuses.toSorted()).toEqual([201, ...Array<number>(7).fill(400)]);
      },
      revisions(5),
    ],
  },
  {
    row: "dup.inherited.exception",
    it: "leaves an exception behind with the switch it belonged to",
    steps: [
      async (world, names) => {
        const group = { name: `mixed-${names.get("p") ?? ""}`, path: `mixed-${names.get("p") ?? ""}`, visibility: "public" };
        const id = fields(await world.must(201, "POST", "/api/v4/groups", group))["id"];
        const exception = { duplicates: "reject", duplicate_exception_regex: names.get("p") };
        await world.must(200, "PATCH", `/api/stowage/v1/namespaces/${group.path}/settings`, exception);
        const project = { name: "inner", path: "inner", namespace_id: id, visibility: "public" };
        names.set("inner", String(fields(await world.must(201, "POST", "/api/v4/projects", project))["id"]));
        names.set("path", `${group.path}%2Finner`);
      },
      ...[created, created].map((answer) => put("/api/v4/projects/{inner}/packages/generic/{p}/1.0/f", answer, "x", { as: "admin" })),
      settings({ duplicates: "allow" }),
      put("/api/v4/projects/{inner}/packages/generic/{p}/1.0/f", created, "x", { as: "admin" }),
    ],
  },
  {
    row: "dup.gitea",
    it: "follows the setting, and refuses without one",
    project: "fresh-public",
    steps: [
      put("{p}/1.0/f", created),
      ...([[undefined, "x", 409], ["allow", "x", 201], ["identical", "x", 201], ["identical", "y", 409], ["reject", "x", 409]] as const).flatMap(([duplicates, content, status]) => [
        ...(duplicates === undefined ? [] : [settings({ duplicates })]),
        put("/api/packages/{path}/generic/{p}/1.0/f", { status }, content, { as: "anonymous", headers: { Authorization: "token {token:developer}" } }),
      ]),
      settings({ duplicates: null }),
      put("{p}/1.0/f", created, "newest"),
      get("/api/packages/{path}/generic/{p}/1.0/f", bytes("newest"), { as: "anonymous" }),
    ],
  },
];
