import { expect } from "bun:test";
import { forbidden, message, problem, unauthorized } from "../answers.ts";
import { fields, rows } from "../../json-answers.ts";
import { del, get, post, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { instant, keep, lists } from "./steps.ts";

const users = "/api/v4/users";
const asAdmin = { as: "admin" };
const noUser = message(404, "404 User Not Found");
const like = (status: number, jsonLike: object): Expectation => ({ status, jsonLike });
const person = (name: string, more: object = { password: "Marker-of-someone-1" }): object => ({ name: `Person ${name}`, username: name, email: `${name}@example.com`, ...more });
const make = (name: string, kept: string) => post(users, { status: 201 }, person(name), { ...asAdmin, check: keep({ [kept]: "id" }) });
const change = (target: string, expectation: Expectation, send: object, as: string) => ({ method: "PUT", target, expect: expectation, send, as });
const taken: Expectation = { status: 409, body: /has already been taken/ };

export const userCases: readonly ProtocolCase[] = [
  {
    row: "users.self",
    it: "is the caller",
    steps: [
      get("/api/v4/user", like(200, {
        id: expect.any(Number),
        username: "developer",
        name: "developer",
        state: "active",
        web_url: "{root}/developer",
        email: "developer@example.com",
        created_at: expect.stringMatching(instant),
      })),
      get("/api/v4/user", unauthorized, { as: "anonymous" }),
    ],
  },
  {
    row: "users.self.scope",
    it: "is told with read_user",
    steps: [get("/api/v4/user", like(200, { username: "developer" }), { as: "developer/read_user" })],
  },
  {
    row: "users.create",
    it: "makes users, with a password or without, and administrators",
    steps: [
      post(users, like(201, { id: expect.any(Number), username: "{p}-a", name: "Person {p}-a", state: "active", email: "{p}-a@example.com" }), person("{p}-a"), asAdmin),
      post(users, { status: 201 }, person("{p}-b", { force_random_password: true }), asAdmin),
      post(users, { status: 201 }, person("{p}-c", { reset_password: true }), asAdmin),
      post(users, like(201, { is_admin: true }), person("{p}-d", { password: "Marker-of-someone-1", admin: true }), asAdmin),
    ],
  },
  {
    row: "users.create.missing",
    it: "names what is missing",
    steps: [
      post(users, { status: 400, body: /^\{"error":"(?=.*email is missing)(?=.*name is missing)(?=.*username is missing)/ }, { password: "Marker-of-someone-1" }, asAdmin),
      post(users, { status: 400, body: /password/ }, person("{p}", {}), asAdmin),
    ],
  },
  {
    row: "users.create.taken",
    it: "wants a free name and a free address",
    steps: [
      make("{p}", "one"),
      post(users, taken, { ...person("{p}"), email: "other-{p}@example.com" }, asAdmin),
      post(users, taken, { ...person("{p}"), username: "other-{p}" }, asAdmin),
      post(users, { status: 409 }, { ...person("acme"), username: "acme" }, asAdmin),
    ],
  },
  {
    row: "users.create.forbidden",
    it: "is for administrators",
    steps: [
      post(users, forbidden, person("{p}"), { as: "owner" }),
      post(users, unauthorized, person("{p}"), { as: "anonymous" }),
    ],
  },
  {
    row: "users.list",
    it: "finds users",
    steps: [
      make("{p}-xa", "one"),
      make("{p}-xb", "two"),
      lists(`${users}?username={p}-XA`, "id", ["{one}"]),
      get(`${users}?search={p}-x`, { status: 200 }, {
        check: (answer, _world, names) =>
          expect(rows(answer).map((row) => String(row["id"])).toSorted()).toEqual([names.get("one") ?? "", names.get("two") ?? ""].toSorted()),
      }),
      lists(`${users}?username={p}-x`, "id", []),
    ],
  },
  {
    row: "users.get",
    it: "is found by number, with the address for some",
    steps: [
      get(`${users}/{user:developer}`, like(200, { email: "developer@example.com" }), asAdmin),
      get(`${users}/{user:developer}`, like(200, { username: "developer" }), { as: "stranger", check: (answer) => expect(fields(answer)["email"]).toBeUndefined() }),
      get(`${users}/987654321`, noUser),
    ],
  },
  {
    row: "users.change",
    it: "is changed by administrators",
    steps: [
      make("{p}", "one"),
      change(`${users}/{one}`, like(200, { name: "New Name", email: "new-{p}@example.com" }), { name: "New Name", email: "new-{p}@example.com" }, "admin"),
      change(`${users}/{one}`, forbidden, { name: "x" }, "owner"),
      change(`${users}/987654321`, noUser, { name: "x" }, "admin"),
    ],
  },
  {
    row: "users.delete",
    it: "ends with its tokens",
    steps: [
      get("/api/v4/user", { status: 200 }, { as: "user-leaving" }),
      del(`${users}/{user:user-leaving}`, forbidden, { as: "owner" }),
      del(`${users}/{user:user-leaving}`, { status: 204 }, asAdmin),
      get("/api/v4/user", unauthorized, { as: "user-leaving" }),
      del(`${users}/{user:user-leaving}`, noUser, asAdmin),
    ],
  },
  {
    row: "users.delete.in-use",
    it: "stays while something is in its namespace",
    steps: [
      post("/api/v4/projects", { status: 201 }, { path: "{p}-x" }, { as: "user-owning", check: keep({ mine: "id" }) }),
      del(`${users}/{user:user-owning}`, { status: 409, body: /^\{"message":/ }, asAdmin),
      del("/api/v4/projects/{mine}", { status: 202 }, asAdmin),
      del(`${users}/{user:user-owning}`, { status: 204 }, asAdmin),
      get("/api/v4/version", unauthorized, { as: "user-owning" }),
      post(users, problem(400, "email is missing"), { name: "x", username: "{p}", password: "Marker-of-someone-1" }, asAdmin),
    ],
  },
];
