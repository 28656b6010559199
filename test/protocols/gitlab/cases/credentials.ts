import { expect } from "bun:test";
import { fields } from "../../json-answers.ts";
import { bytes, challenged, created, forbidden, hiddenProject, removed, scopeMissing, unauthorized } from "../answers.ts";
import { del, get, head, put, type Exchange, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { projectOf } from "../world.ts";

type Credential = Pick<Exchange, "as" | "by" | "headers"> & { readonly query?: string };

/** Publishes and reads in a private project with each of these credentials. */
const works = (row: string, it: string, ...credentials: readonly Credential[]): ProtocolCase => ({
  row,
  it,
  project: "private",
  steps: credentials.flatMap(({ query = "", ...details }, index) => [
    put(`{p}/1.${index}/f${query}`, created, "hello", details),
    get(`{p}/1.${index}/f${query}`, bytes("hello"), details),
    head(`{p}/1.${index}/f${query}`, { status: 200 }, details),
  ]),
});

/** Credentials that are refused on a public project's file too. */
const refused = (row: string, it: string, expectation: Expectation, ...credentials: readonly Credential[]): ProtocolCase => ({
  row,
  it,
  steps: [
    put("{p}/1.0/f", created),
    ...credentials.flatMap(({ query = "", ...details }) => [
      get(`{p}/1.0/f${query}`, expectation, details),
      head(`{p}/1.0/f${query}`, { status: 401 }, details),
      put(`{p}/1.0/g${query}`, expectation, "x", details),
      del(`{p}/1.0/f${query}`, expectation, details),
    ]),
    get("{p}/1.0/f", bytes("hello"), { as: "anonymous" }),
  ],
});

const header = (name: string, value: string): Credential => ({ as: "anonymous", headers: { [name]: value } });
const query = (text: string): Credential => ({ as: "anonymous", query: text });
const encoded = (text: string): string => Buffer.from(text).toString("base64");
const invalidToken: Expectation = { status: 401, jsonLike: { error: "invalid_token" } };

/** A step that keeps Basic with this name and secret as `{sent}`. */
const basicOf = (user: string, caller: string): ProtocolCase["steps"][number] => async (world, names) => {
  const secret = (await world.secret(caller, projectOf(names))) ?? "";
  names.set("sent", encoded(`${user}:${secret}`));
};

export const credentials: readonly ProtocolCase[] = [
  works("auth.private", "takes a personal token", { as: "developer" }, { as: "admin" }),
  {
    row: "auth.private",
    it: "takes tokens of a project and of a group",
    project: "fresh",
    steps: [
      async (world, names) => {
        const body = { name: "bot", scopes: ["api"], access_level: 40, expires_at: "2099-01-01" };
        const group = String(fields(await world.must(200, "GET", "/api/v4/groups/acme"))["id"]);
        for (const path of [`projects/${projectOf(names)}`, `groups/${group}`]) {
          const made = fields(await world.must(201, "POST", `/api/v4/${path}/access_tokens`, body));
          world.secrets.add(String(made["token"]));
          names.set(path.startsWith("projects") ? "one" : "two", String(made["token"]));
        }
      },
      ...["{one}", "{two}"].flatMap((token) => [
        put("{p}/1.0/f", created, "hello", header("PRIVATE-TOKEN", token)),
        get("{p}/1.0/f", bytes("hello"), header("PRIVATE-TOKEN", token)),
        del("{p}/1.0/f", removed, header("PRIVATE-TOKEN", token)),
      ]),
    ],
  },
  works("auth.query", "takes ?private_token=", { by: "query" }, query("?private_token={token:developer}")),
  {
    row: "auth.query.first",
    it: "looks at the query first",
    project: "private",
    steps: [
      put("{p}/1.0/f?private_token={token:developer}", created, "x", header("PRIVATE-TOKEN", "{token:guest}")),
      put("{p}/1.0/f?private_token={token:guest}", forbidden, "x", header("PRIVATE-TOKEN", "{token:developer}")),
    ],
  },
  {
    row: "auth.private.first",
    it: "looks at PRIVATE-TOKEN before Bearer",
    project: "private",
    steps: [
      put("{p}/1.0/f", created, "x", { as: "anonymous", headers: { "PRIVATE-TOKEN": "{token:developer}", Authorization: "Bearer {token:guest}" } }),
      put("{p}/1.0/f", forbidden, "x", { as: "anonymous", headers: { "PRIVATE-TOKEN": "{token:guest}", Authorization: "Bearer {token:developer}" } }),
    ],
  },
  works("auth.bearer", "takes each kind of token", { by: "bearer" }, { as: "job", by: "bearer" }, { as: "deploy-rw", by: "bearer" }),
  works("auth.scheme", "takes names in any case",
    header("authorization", "bEARER {token:developer}"),
    header("private-token", "{token:developer}"),
    header("Job-Token", "{token:job}"),
    header("Deploy-Token", "{token:deploy-rw}"),
  ),
  {
    row: "auth.scheme",
    it: "takes Basic in any case",
    project: "private",
    steps: [basicOf("x", "developer"), put("{p}/1.0/f", created, "x", header("Authorization", "bAsIc {sent}"))],
  },
  works("auth.basic", "takes a token as password under any name", { by: "basic" }, { as: "deploy-rw", by: "basic" }),
  {
    row: "auth.basic.nameless",
    it: "wants a name",
    steps: [
      basicOf("", "developer"),
      put("{p}/1.0/f", challenged, "x", header("Authorization", "Basic {sent}")),
      basicOf("x", "developer"),
      put("{p}/1.0/f", created, "x", header("Authorization", "Basic {sent}")),
    ],
  },
  works("auth.basic.job", "takes the name that GitLab gives its jobs", { as: "job", by: "job-password" }),
  {
    row: "auth.basic.password",
    it: "takes no passwords",
    steps: [
      put("{p}/1.0/f", created),
      ...[encoded("developer:Marker-of-developer-1"), encoded("root:Marker-Password-1")].flatMap((sent) => [
        put("{p}/1.0/g", challenged, "x", header("Authorization", `Basic ${sent}`)),
        get("{p}/1.0/f", bytes("hello"), header("Authorization", `Basic ${sent}`)),
      ]),
    ],
  },
  works("auth.job", "takes it in header and query",
    { as: "job" }, { as: "job", by: "job-query" }, query("?token={token:job}"),
  ),
  refused("auth.job.private", "takes no job token for another kind", unauthorized, header("PRIVATE-TOKEN", "{token:job}"), header("DEPLOY-TOKEN", "{token:job}")),
  {
    row: "auth.job.bounds",
    it: "is a stranger's elsewhere",
    steps: [
      put("{p}/1.0/f", created, "hello", { as: "job" }),
      put("/api/v4/projects/{id:private}/packages/generic/{p}/1.0/f", hiddenProject, "x", { as: "job" }),
      get("/api/v4/projects/{id:private}/packages/generic/{p}/1.0/f", hiddenProject, { as: "job" }),
      put("/api/v4/projects/{id:internal}/packages/generic/{p}/1.0/f", created),
      get("/api/v4/projects/{id:internal}/packages/generic/{p}/1.0/f", bytes("hello"), { as: "job" }),
      put("/api/v4/projects/{id:internal}/packages/generic/{p}/1.0/g", forbidden, "x", { as: "job" }),
    ],
  },
  {
    row: "auth.job.admin",
    it: "leaves the administrator's powers behind",
    project: "private",
    steps: [
      put("{p}/1.0/f", created, "hello", { as: "admin" }),
      get("{p}/1.0/f", hiddenProject, { as: "job:admin" }),
      put("{p}/1.0/g", hiddenProject, "x", { as: "job:admin" }),
    ],
  },
  {
    row: "auth.job.routes",
    it: "is taken on its project and packages and nowhere else",
    project: "private",
    steps: [
      get("{api}", { status: 200, jsonLike: { path: "private" } }, { as: "job" }),
      get("{api}/packages", { status: 200 }, { as: "job" }),
      get("{api}/releases", { status: 200 }, { as: "job" }),
      ...["{api}/variables", "{api}/members", "{api}/deploy_tokens", "{api}/access_tokens", "/api/v4/personal_access_tokens/self", "/api/v4/user"].map((target) =>
        get(target, unauthorized, { as: "job:maintainer" }),
      ),
    ],
  },
  works("auth.deploy", "takes its own header", { as: "deploy-rw" }),
  refused("auth.deploy.private", "takes no deploy token for another kind", unauthorized, header("PRIVATE-TOKEN", "{token:deploy-rw}"), header("JOB-TOKEN", "{token:deploy-rw}")),
  refused("auth.wrong.header", "refuses an unknown token of each kind", unauthorized,
    header("PRIVATE-TOKEN", "glpat-wrongwrongwrongwrong"),
    header("JOB-TOKEN", "glcbt-wrong"),
    header("DEPLOY-TOKEN", "gldt-wrong"),
    header("PRIVATE-TOKEN", "0".repeat(40)),
  ),
  refused("auth.wrong.bearer", "refuses an unknown token", { status: 401 }, header("Authorization", "Bearer wrong"), header("Authorization", `Bearer ${"0".repeat(40)}`)),
  refused("auth.wrong.query", "refuses an unknown token", unauthorized,
    query("?private_token=wrong"), query("?job_token=wrong"),
  ),
  {
    row: "auth.wrong.basic",
    it: "passes over what is wrong where nothing is needed",
    steps: ["Basic !!!", "Basic", `Basic ${encoded("x:wrong")}`, `Basic ${encoded("nocolon")}`].flatMap((value) => [
      put("{p}/1.0/f", created),
      get("{p}/1.0/f", bytes("hello"), header("Authorization", value)),
      head("{p}/1.0/f", { status: 200 }, header("Authorization", value)),
      put("{p}/1.0/g", challenged, "x", header("Authorization", value)),
      get("/api/v4/projects/{id:private}/packages/generic/{p}/1.0/f", challenged, header("Authorization", value)),
    ]),
  },
  {
    row: "auth.none",
    it: "asks for a credential whatever the project",
    steps: ["{project}", "{id:internal}", "{id:private}", "999999"].map((id) =>
      put(`/api/v4/projects/${id}/packages/generic/{p}/1.0/f`, challenged, "x", { as: "anonymous" }),
    ),
  },
  {
    row: "auth.challenge",
    it: "asks wget for Basic",
    project: "private",
    steps: [
      put("{p}/1.0/f", created),
      get("{p}/1.0/f", challenged, { as: "anonymous" }),
      head("{p}/1.0/f", { status: 401, headers: { "www-authenticate": 'Basic realm="GitLab Packages Registry"' } }, { as: "anonymous" }),
      get("{p}/1.0/f", bytes("hello"), { by: "basic" }),
      get("{p}/1.0/f", challenged, header("PRIVATE-TOKEN", "wrong")),
    ],
  },
  {
    row: "auth.scope.read",
    it: "reads and does not write",
    project: "private",
    steps: [
      put("{p}/1.0/f", created),
      get("{p}/1.0/f", bytes("hello"), { as: "maintainer/read_api" }),
      put("{p}/1.0/g", { status: 403, jsonLike: { error: "insufficient_scope", error_description: expect.any(String), scope: expect.any(String) } }, "x", {
        as: "maintainer/read_api",
      }),
      del("{p}/1.0/f", scopeMissing, { as: "maintainer/read_api" }),
      get("{p}/1.0/f", bytes("hello")),
    ],
  },
  {
    row: "auth.scope.none",
    it: "refuses a token for something else",
    steps: [
      put("{p}/1.0/f", created),
      get("{p}/1.0/f", scopeMissing, { as: "developer/read_user" }),
      put("{p}/1.0/g", scopeMissing, "x", { as: "developer/read_user" }),
    ],
  },
  {
    row: "auth.revoked",
    it: "refuses it from the next request on",
    steps: [
      async (world, names) => {
        const body = { name: "short", scopes: ["api"], expires_at: "2099-01-01" };
        const made = fields(await world.must(201, "POST", `/api/v4/users/${await world.userId("developer")}/personal_access_tokens`, body));
        world.secrets.add(String(made["token"]));
        names.set("one", String(made["token"]));
        names.set("id", String(made["id"]));
      },
      put("{p}/1.0/f", created, "hello", header("PRIVATE-TOKEN", "{one}")),
      del("/api/v4/personal_access_tokens/{id}", { status: 204 }, { as: "admin" }),
      get("{p}/1.0/f", invalidToken, header("PRIVATE-TOKEN", "{one}")),
      put("{p}/1.0/g", invalidToken, "x", header("Authorization", "Bearer {one}")),
    ],
  },
  {
    row: "auth.cookie",
    it: "passes over cookies",
    steps: [put("{p}/1.0/f", challenged, "x", header("Cookie", "_gitlab_session={token:developer}; private_token={token:developer}"))],
  },
  {
    row: "auth.repeated",
    it: "refuses a header that comes twice",
    steps: ["PRIVATE-TOKEN", "Authorization"].map((name) =>
      put("{p}/1.0/f", { status: 401 }, "x", {
        as: "anonymous",
        headers: [
          [name, name === "Authorization" ? "Bearer {token:developer}" : "{token:developer}"],
          [name, name === "Authorization" ? "Bearer {token:developer}" : "{token:developer}"],
        ],
      }),
    ),
  },
  {
    row: "auth.secret",
    it: "says nothing of a credential in an answer",
    steps: [
      put("{p}/1.0/f?private_token={token:developer}&select=package_file", { status: 200 }, "x", {
        as: "anonymous",
        check: async (answer, world, names) => {
          expect(answer.text).not.toContain((await world.secret("developer", projectOf(names))) ?? "");
        },
      }),
      get("{p}/1.0/f?private_token=marker-of-a-wrong-token", unauthorized, { as: "anonymous" }),
      async (world) => {
        const lines = world.server.logLines.filter((line) => line.includes("marker-of-a-wrong-token"));
        expect(await Promise.resolve(lines)).toEqual([]);
      },
    ],
  },
];
