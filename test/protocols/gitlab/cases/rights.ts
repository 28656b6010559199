import { bytes, challenged, created, forbidden, hiddenProject, removed } from "../answers.ts";
import { del, get, head, put, type Exchange, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import type { ProjectKind } from "../world.ts";
import { projectOf } from "../world.ts";

interface Answers {
  readonly read: Expectation;
  readonly write: Expectation;
  readonly remove: Expectation;
}

const hello = bytes("hello");
const readsOnly: Answers = { read: hello, write: forbidden, remove: forbidden };
const publishes: Answers = { read: hello, write: created, remove: forbidden };
const doesAll: Answers = { read: hello, write: created, remove: removed };
const seesNothing: Answers = { read: hiddenProject, write: hiddenProject, remove: hiddenProject };
const mustSignIn: Answers = { read: challenged, write: challenged, remove: challenged };

/** What these callers get in this project: reading, publishing, and deleting by file and by version. */
const asks = (row: string, project: ProjectKind, callers: readonly string[], answers: Answers, by?: Exchange["by"]): ProtocolCase => ({
  row,
  it: `${callers.join(", ")} in a project that is ${project}`,
  project,
  steps: callers.flatMap((as): readonly Exchange[] => {
    const caller = by === undefined ? { as } : { as, by };
    return [
      put("{p}/1.0/f", created, "hello", { as: "admin" }),
      get("{p}/1.0/f", answers.read, caller),
      head("{p}/1.0/f", { status: answers.read.status }, caller),
      put("{p}/1.0/g", answers.write, "x", caller),
      del("{p}/1.0/f", answers.remove, caller),
      put("{p}/1.0/f", created, "hello", { as: "admin" }),
      del("{p}/1.0", answers.remove, caller),
    ];
  }),
});

const everywhere = ["public", "internal", "private"] as const;

export const rights: readonly ProtocolCase[] = [
  asks("rights.anonymous.get", "public", ["anonymous"], { ...mustSignIn, read: hello }),
  asks("rights.anonymous.get", "internal", ["anonymous"], mustSignIn),
  asks("rights.anonymous.get", "private", ["anonymous"], mustSignIn),
  {
    row: "rights.anonymous.unknown",
    it: "is asked for credentials",
    steps: [
      get("/api/v4/projects/999999/packages/generic/{p}/1.0/f", challenged, { as: "anonymous" }),
      get("/api/v4/projects/acme%2Fnothing/packages/generic/{p}/1.0/f", challenged, { as: "anonymous" }),
      put("/api/v4/projects/999999/packages/generic/{p}/1.0/f", challenged, "x", { as: "anonymous" }),
      del("/api/v4/projects/999999/packages/generic/{p}/1.0/f", challenged, { as: "anonymous" }),
    ],
  },
  {
    row: "rights.anonymous.delete",
    it: "is asked for credentials",
    steps: [
      put("{p}/1.0/f", created),
      del("{p}/1.0/f", challenged, { as: "anonymous" }),
      del("{p}/1.0", challenged, { as: "anonymous" }),
      del("/api/v4/projects/{id:private}/packages/generic/{p}/1.0", challenged, { as: "anonymous" }),
      get("{p}/1.0/f", hello),
    ],
  },
  asks("rights.stranger", "public", ["stranger"], readsOnly),
  asks("rights.stranger", "internal", ["stranger"], readsOnly),
  asks("rights.stranger", "private", ["stranger"], seesNothing),
  ...everywhere.map((project) => asks("rights.guest", project, ["guest", "reporter"], readsOnly)),
  ...everywhere.map((project) => asks("rights.developer", project, ["developer"], publishes)),
  ...everywhere.map((project) => asks("rights.maintainer", project, ["maintainer", "owner"], doesAll)),
  ...everywhere.map((project) => asks("rights.admin", project, ["admin"], doesAll)),
  asks("rights.deploy.write", "private", ["deploy-w", "deploy-rw"], publishes),
  asks("rights.deploy.write", "private", ["deploy-w"], publishes, "basic"),
  asks("rights.deploy.read", "private", ["deploy-r"], readsOnly),
  asks("rights.deploy.read", "public", ["deploy-r"], readsOnly),
  asks("rights.deploy.delete", "private", ["deploy-rw"], publishes),
  {
    row: "rights.deploy.elsewhere",
    it: "is a stranger in another project",
    steps: [
      put("{p}/1.0/f", created, "hello", { as: "deploy-rw" }),
      get("/api/v4/projects/{id:private}/packages/generic/{p}/1.0/f", hiddenProject, { as: "deploy-rw" }),
      put("/api/v4/projects/{id:private}/packages/generic/{p}/1.0/f", hiddenProject, "x", { as: "deploy-rw" }),
      async (world, names) => {
        const fresh = await world.project("fresh-public");
        names.set("other", `/api/v4/projects/${fresh.id}/packages/generic`);
      },
      put("{other}/{p}/1.0/f", created, "hello", { as: "admin" }),
      async (world, names) => {
        names.set("one", (await world.secret("deploy-rw", projectOf(names))) ?? "");
      },
      get("{other}/{p}/1.0/f", hello, { as: "anonymous", headers: { "DEPLOY-TOKEN": "{one}" } }),
      put("{other}/{p}/1.0/g", forbidden, "x", { as: "anonymous", headers: { "DEPLOY-TOKEN": "{one}" } }),
    ],
  },
  asks("rights.job", "private", ["job"], publishes),
  asks("rights.job", "private", ["job:maintainer"], doesAll),
  asks("rights.job", "private", ["job:guest"], readsOnly),
  asks("rights.job", "private", ["job:stranger"], seesNothing),
  {
    row: "rights.at-once",
    it: "holds from the next request",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      put("{p}/1.0/f", created, "hello", { as: "job" }),
      async (world, names) => {
        const member = `/api/v4/projects/${projectOf(names)}/members/${await world.userId("developer")}`;
        await world.must(200, "PUT", member, { access_level: 10 });
        names.set("member", member);
      },
      put("{p}/1.0/f", forbidden),
      put("{p}/1.0/f", forbidden, "x", { as: "job" }),
      get("{p}/1.0/f", hello),
      async (world, names) => {
        await world.must(204, "DELETE", String(names.get("member")));
      },
      get("{p}/1.0/f", hiddenProject),
      get("{p}/1.0/f", hiddenProject, { as: "job" }),
    ],
  },
];
