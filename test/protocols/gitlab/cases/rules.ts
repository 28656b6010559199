import { expect } from "bun:test";
import { created, forbidden, message, noProject, problem, unauthorized } from "../answers.ts";
import { fields } from "../../json-answers.ts";
import { del, get, patch, post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { keep, lists } from "./steps.ts";

const rules = "{api}/packages/protection/rules";
const project = "fresh";
const as = "maintainer";
const isProtected = message(403, "403 Forbidden - Package protected.");
const missing: Expectation = { status: 404, body: /^\{"message":"404 / };
const protect = (pattern: string, levels: object = { minimum_access_level_for_push: "maintainer" }, id = "rule") =>
  post(rules, { status: 201 }, { package_name_pattern: pattern, package_type: "generic", ...levels }, { as, check: keep({ [id]: "id" }) });
const publishAs = (name: string, who: string, expectation: Expectation) => put(`${name}/1.0/f`, expectation, "x", { as: who });

export const ruleCases: readonly ProtocolCase[] = [
  {
    row: "rules.create",
    it: "answers the rule",
    project,
    steps: [
      post(rules, {
        status: 201,
        json: {
          id: expect.any(Number),
          project_id: expect.any(Number),
          package_name_pattern: "my-*",
          package_type: "generic",
          minimum_access_level_for_delete: "owner",
          minimum_access_level_for_push: "maintainer",
        },
      }, { package_name_pattern: "my-*", package_type: "generic", minimum_access_level_for_push: "maintainer", minimum_access_level_for_delete: "owner" }, {
        as,
        check: (answer, _world, names) => expect(String(fields(answer)["project_id"])).toBe(names.get("project") ?? ""),
      }),
      post(rules, { status: 201, jsonLike: { minimum_access_level_for_push: null, minimum_access_level_for_delete: "admin" } }, { package_name_pattern: "other", package_type: "generic", minimum_access_level_for_delete: "admin" }, { as }),
    ],
  },
  {
    row: "rules.list",
    it: "lists them all",
    project,
    steps: [get(rules, { status: 200, json: [] }, { as }), protect("a-*", undefined, "one"), protect("b-*", undefined, "two"), lists(rules, "id", ["{one}", "{two}"], { as })],
  },
  {
    row: "rules.update",
    it: "changes what is given",
    project,
    steps: [
      protect("a-*"),
      publishAs("a-tool", "developer", isProtected),
      patch(`${rules}/{rule}`, { status: 200, jsonLike: { package_name_pattern: "b-*", minimum_access_level_for_push: "maintainer" } }, { package_name_pattern: "b-*" }, { as }),
      publishAs("a-tool", "developer", created),
      publishAs("b-tool", "developer", isProtected),
      patch(`${rules}/{rule}`, { status: 200, jsonLike: { minimum_access_level_for_push: null, minimum_access_level_for_delete: "owner" } }, { minimum_access_level_for_push: null, minimum_access_level_for_delete: "owner" }, { as }),
      publishAs("b-tool", "developer", created),
    ],
  },
  {
    row: "rules.delete",
    it: "protects no more",
    project,
    steps: [
      protect("a-*"),
      publishAs("a-tool", "developer", isProtected),
      del(`${rules}/{rule}`, { status: 204 }, { as }),
      publishAs("a-tool", "developer", created),
      del(`${rules}/{rule}`, missing, { as }),
    ],
  },
  {
    row: "rules.unknown",
    it: "is not found",
    project,
    steps: [
      protect("a-*"),
      ...[`${rules}/987654321`, "/api/v4/projects/{id:public}/packages/protection/rules/{rule}"].flatMap((target) => [
        patch(target, missing, { package_name_pattern: "x" }, { as }),
        del(target, missing, { as }),
      ]),
      lists(rules, "id", ["{rule}"], { as }),
    ],
  },
  {
    row: "rules.refused",
    it: "wants a pattern, a type and a level",
    project,
    steps: [
      post(rules, { status: 400, body: /package_name_pattern is missing/ }, { package_type: "generic", minimum_access_level_for_push: "owner" }, { as }),
      post(rules, { status: 400, body: /package_type is missing/ }, { package_name_pattern: "a", minimum_access_level_for_push: "owner" }, { as }),
      post(rules, problem(400, "package_type does not have a valid value"), { package_name_pattern: "a", package_type: "floppy", minimum_access_level_for_push: "owner" }, { as }),
      post(rules, problem(400, "minimum_access_level_for_push does not have a valid value"), { package_name_pattern: "a", package_type: "generic", minimum_access_level_for_push: "guest" }, { as }),
      post(rules, problem(400, "minimum_access_level_for_delete does not have a valid value"), { package_name_pattern: "a", package_type: "generic", minimum_access_level_for_delete: "maintainer" }, { as }),
      post(rules, { status: 400, body: /at least one parameter must be provided/ }, { package_name_pattern: "a", package_type: "generic" }, { as }),
    ],
  },
  {
    row: "rules.taken",
    it: "has one rule for a pattern",
    project,
    steps: [
      protect("a-*"),
      post(rules, { status: 422, body: /has already been taken/ }, { package_name_pattern: "a-*", package_type: "generic", minimum_access_level_for_push: "owner" }, { as }),
      protect("b-*", undefined, "two"),
      patch(`${rules}/{two}`, { status: 422, body: /has already been taken/ }, { package_name_pattern: "a-*" }, { as }),
    ],
  },
  {
    row: "rules.role",
    it: "is for maintainers",
    project,
    steps: [
      ...["developer", "guest"].flatMap((who) => [get(rules, forbidden, { as: who }), post(rules, forbidden, { package_name_pattern: "a", package_type: "generic", minimum_access_level_for_push: "owner" }, { as: who })]),
      get("/api/v4/projects/{id:public}/packages/protection/rules", unauthorized, { as: "anonymous" }),
      get(rules, noProject, { as: "stranger" }),
    ],
  },
  {
    row: "rules.push",
    it: "lets those publish who are high enough",
    project,
    steps: [
      protect("for-maintainers"),
      protect("for-owners", { minimum_access_level_for_push: "owner" }),
      protect("for-admins", { minimum_access_level_for_push: "admin" }),
      publishAs("for-maintainers", "developer", isProtected),
      publishAs("for-maintainers", "maintainer", created),
      publishAs("for-owners", "maintainer", isProtected),
      publishAs("for-owners", "owner", created),
      publishAs("for-admins", "owner", isProtected),
      publishAs("for-admins", "admin", created),
      publishAs("for-maintainers", "guest", forbidden),
      publishAs("for-nobody", "developer", created),
      publishAs("for-maintainers", "job", isProtected),
    ],
  },
  {
    row: "rules.push.deploy-token",
    it: "stops every deploy token",
    project,
    steps: [protect("a-*"), publishAs("a-tool", "deploy-rw", isProtected), publishAs("b-tool", "deploy-rw", created)],
  },
  {
    row: "rules.pattern",
    it: "takes a star for any text and everything else for itself",
    project,
    steps: [
      protect("a*b.c*"),
      protect("Exact+Name", undefined, "two"),
      ...["ab.c", "aXYb.cZ"].map((name) => publishAs(name, "developer", isProtected)),
      ...["abXc", "Xab.c", "a", "exactXname", "Exact+Name2"].map((name) => publishAs(name, "developer", created)),
      publishAs("Exact%2BName", "developer", isProtected),
    ],
  },
  {
    row: "rules.strictest",
    it: "counts the strictest of several",
    project,
    steps: [
      protect("tool-*", { minimum_access_level_for_push: "owner" }),
      protect("tool-x", { minimum_access_level_for_push: "maintainer" }),
      protect("*", { minimum_access_level_for_delete: "admin" }),
      publishAs("tool-x", "maintainer", isProtected),
      publishAs("tool-x", "owner", created),
    ],
  },
];
