import { created, forbidden, noProject, problem } from "../answers.ts";
import { get, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { makeGroup, makeProject } from "./steps.ts";

const ok: Expectation = { status: 200 };
const access = (level: string, expectation: Expectation = ok) => ({ method: "PUT", target: "{api}", expect: expectation, send: { package_registry_access_level: level }, as: "maintainer" });
const everywhere = (as: string, expectations: readonly [Expectation, Expectation, Expectation]) =>
  ["{api}", "{api}/packages", "{p}-/1.0/f"].map((target, index) => get(target, expectations[index] ?? ok, { as }));
const hidden = everywhere("stranger", [noProject, noProject, { status: 404 }]);
const publishOne = put("{p}-/1.0/f", created);

export const visibilityCases: readonly ProtocolCase[] = [
  {
    row: "visibility.public",
    it: "is for anyone",
    project: "public",
    steps: [publishOne, ...everywhere("anonymous", [ok, ok, ok]), ...everywhere("stranger", [ok, ok, ok])],
  },
  {
    row: "visibility.internal",
    it: "is for the signed in",
    project: "internal",
    steps: [publishOne, ...everywhere("stranger", [ok, ok, ok]), ...everywhere("anonymous", [noProject, noProject, { status: 401 }]), put("{p}-/1.0/g", forbidden, "x", { as: "stranger" })],
  },
  {
    row: "visibility.private",
    it: "is for members",
    project: "private",
    steps: [publishOne, ...everywhere("guest", [ok, ok, ok]), ...hidden, ...everywhere("anonymous", [noProject, noProject, { status: 401 }])],
  },
  {
    row: "visibility.path",
    it: "follows the strictest on the path",
    steps: [
      makeGroup("grp"),
      makeProject("one", "grp"),
      get("/api/v4/projects/{one}", ok, { as: "stranger" }),
      { method: "PUT", target: "/api/v4/groups/{grp}", expect: ok, send: { visibility: "private" }, as: "admin" },
      get("/api/v4/projects/{one}", noProject, { as: "stranger" }),
      get("/api/v4/projects/{one}/packages", noProject, { as: "anonymous" }),
    ],
  },
  {
    row: "visibility.registry.disabled",
    it: "is closed to all",
    project: "fresh-public",
    steps: [
      publishOne,
      access("disabled"),
      get("{api}/packages", forbidden, { as: "owner" }),
      get("{p}-/1.0/f", forbidden, { as: "owner" }),
      put("{p}-/1.0/g", forbidden, "x", { as: "owner" }),
      get("{api}", ok, { as: "anonymous" }),
      access("enabled"),
      get("{p}-/1.0/f", ok, { as: "anonymous" }),
    ],
  },
  {
    row: "visibility.registry.private",
    it: "is for members, though the project is public",
    project: "fresh-public",
    steps: [
      publishOne,
      access("private"),
      get("{api}", ok, { as: "stranger" }),
      get("{api}/packages", forbidden, { as: "stranger" }),
      get("{p}-/1.0/f", forbidden, { as: "stranger" }),
      get("{p}-/1.0/f", ok, { as: "guest" }),
    ],
  },
  {
    row: "visibility.registry.public",
    it: "opens the packages of a private project",
    project: "fresh",
    steps: [
      publishOne,
      ...hidden,
      access("public"),
      ...["stranger", "anonymous"].flatMap((as) => everywhere(as, [noProject, ok, ok])),
      put("{p}-/1.0/g", { status: 403 }, "x", { as: "stranger" }),
    ],
  },
  {
    row: "visibility.registry.refused",
    it: "names the parameter",
    project: "fresh",
    steps: [access("secret", problem(400, "package_registry_access_level does not have a valid value"))],
  },
];
