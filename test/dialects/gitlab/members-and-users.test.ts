import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { parseNamespaceName } from "../../../src/core/namespace-name.ts";
import { openStores } from "../../../src/open-stores.ts";
import { startServer } from "../../support/server.ts";
import { startProjectServer, type ProjectServer } from "./project-server.ts";

let site: ProjectServer;
let root: string;
let maintainer: string;
let stranger: string;
let bob: string;
const ids = new Map<string, number>();
const idOf = (name: string): number => ids.get(name) ?? 0;

beforeAll(async () => {
  site = await startProjectServer();
  root = site.server.admin.token;
  maintainer = await site.addMember("ann", 40);
  stranger = await site.addMember("stranger", 0);
  bob = await site.addMember("bob", 0);
  await site.addMember("carl", 0);
  for (const name of ["ann", "bob", "carl", "stranger", "root"])
    ids.set(name, (await site.server.stores.metadata.accounts.find(name))?.id ?? 0);
});
afterAll(() => site.server.stop());

describe("members", () => {
  it("come several at once, by a list or by name, and those who will not do are named", async () => {
    const members = `/projects/${site.projectId}/members`;
    const added = await site.api("POST", members, maintainer, { user_id: `${idOf("bob")},${idOf("carl")}`, access_level: 10 });
    expect([added.status, added.body]).toEqual([201, { status: "success" }]);
    const again = await site.api("POST", members, maintainer, { user_id: [String(idOf("bob")), "987654321"], access_level: 10 });
    const message = { [String(idOf("bob"))]: "Member already exists", "987654321": "404 User Not Found" };
    expect([again.status, again.body]).toEqual([201, { status: "error", message }]);
    const named = await site.api("POST", members, maintainer, { username: "Stranger", access_level: 10 });
    expect([named.status, named.body.username]).toEqual([201, "stranger"]);
    expect((await site.api("POST", members, maintainer, { username: "nobody", access_level: 10 })).body).toEqual({ message: "404 User Not Found" });
    expect((await site.api("POST", members, maintainer, { user_id: "1,x", access_level: 10 })).body).toEqual({ error: "user_id is invalid" });
    const all = [idOf("bob"), idOf("carl"), idOf("stranger")];
    expect(await Promise.all(all.map(async (id) => (await site.api("DELETE", `${members}/${id}`, maintainer)).status))).toEqual([204, 204, 204]);
  });

  it("are nobody's to change who stand above the caller", async () => {
    const members = `/projects/${site.projectId}/members`;
    expect((await site.api("POST", members, root, { user_id: idOf("bob"), access_level: 50 })).status).toBe(201);
    expect((await site.api("PUT", `${members}/${idOf("bob")}`, maintainer, { access_level: 10 })).status).toBe(403);
    expect((await site.api("DELETE", `${members}/${idOf("bob")}`, maintainer)).status).toBe(403);
    expect((await site.api("DELETE", `${members}/${idOf("ann")}`, bob)).status).toBe(204);
    expect((await site.api("POST", members, bob, { user_id: idOf("ann"), access_level: 40 })).status).toBe(201);
    expect((await site.api("DELETE", `${members}/${idOf("bob")}`, bob)).status).toBe(204);
    expect((await site.api("GET", `/projects/${site.projectId}`, bob)).status).toBe(404);
  });

  it("of a group are its owners' to change, whichever way it is addressed", async () => {
    const member = { user_id: idOf("carl"), access_level: 10 };
    expect((await site.api("POST", `/groups/${site.groupId}/members`, root, { user_id: idOf("bob"), access_level: 40 })).status).toBe(201);
    for (const kind of ["groups", "projects"]) {
      const refused = await site.api("POST", `/${kind}/${site.groupId}/members`, bob, member);
      expect([kind, refused.status]).toEqual([kind, 403]);
    }
    const all = await site.api("GET", `/projects/${site.projectId}/members/all`, bob);
    expect(all.body.map(({ username, access_level }: { username: string; access_level: number }) => [username, access_level])).toEqual([
      ["ann", 40],
      ["bob", 40],
    ]);
    expect((await site.api("DELETE", `/groups/${site.groupId}/members/${idOf("bob")}`, root)).status).toBe(204);
  });

  it("stay what they are in an account's own namespace", async () => {
    for (const token of [stranger, root])
      expect((await site.api("DELETE", `/projects/${idOf("stranger")}/members/${idOf("stranger")}`, token)).status).toBe(403);
  });

  it("are not told to tokens that reach packages only, nor to job tokens", async () => {
    const job = await site.addJobToken("ann");
    expect((await site.api("GET", `/projects/${site.projectId}/members`, job)).status).toBe(401);
    expect((await site.api("PUT", `/projects/${site.projectId}`, job, { description: "x" })).status).toBe(401);
    expect((await site.api("GET", `/projects/${site.projectId}`, job)).status).toBe(200);
  });
});

describe("accounts", () => {
  const person = (name: string, more: object = {}): object => ({ name, username: name, email: `${name}@example.com`, password: "Marker-of-someone-1", ...more });

  it("are shown in part to strangers, whole to themselves and administrators", async () => {
    const seen = (await site.api("GET", `/users/${idOf("ann")}`, stranger)).body;
    expect([seen.email, seen.is_admin, seen.bot, seen.state]).toEqual([undefined, undefined, false, "active"]);
    const self = (await site.api("GET", `/users/${idOf("ann")}`, maintainer)).body;
    expect([self.email, self.is_admin]).toEqual(["ann@example.com", undefined]);
    const whole = (await site.api("GET", `/users/${idOf("ann")}`, root)).body;
    expect([whole.email, whole.is_admin]).toEqual(["ann@example.com", false]);
  });

  it("are for the signed in", async () => {
    const list = await site.api("GET", "/users", null);
    expect([list.status, list.body]).toEqual([403, { message: "403 Forbidden - Not authorized to access /api/v4/users" }]);
    expect((await site.api("GET", `/users/${idOf("ann")}`, null)).body).toEqual({ message: "403 Forbidden - Not authorized!" });
  });

  it("hide themselves with a private profile, and their address from all but administrators", async () => {
    const made = await site.api("POST", "/users", root, person("hidden", { private_profile: true, external: true }));
    expect([made.status, made.body.private_profile, made.body.external]).toEqual([201, true, true]);
    expect((await site.api("GET", `/users/${made.body.id}`, stranger)).body).toEqual({ message: "404 User Not Found" });
    for (const query of ["search=hidd", "username=hidden"]) expect((await site.api("GET", `/users?${query}`, stranger)).body).toEqual([]);
    expect((await site.api("GET", "/users?search=hidden@example.com", root)).body.length).toBe(1);
    expect((await site.api("GET", "/users?search=ann@example.com", stranger)).body).toEqual([]);
    const shown = await site.api("PUT", `/users/${made.body.id}`, root, { private_profile: false });
    expect([shown.status, (await site.api("GET", "/users?search=hidd", stranger)).body.length]).toEqual([200, 1]);
  });

  it("are blocked and deactivated, which ends what their tokens may do, and back", async () => {
    const carl = `/users/${idOf("carl")}`;
    const token = bob;
    const of = `/users/${idOf("bob")}`;
    const act = async (path: string, action: string) => {
      const answer = await site.api("POST", `${path}/${action}`, root);
      return [answer.status, answer.body];
    };
    expect(await act(of, "block")).toEqual([201, true]);
    expect((await site.api("GET", "/user", token)).status).toBe(403);
    expect((await site.api("GET", of, root)).body.state).toBe("blocked");
    expect(await act(of, "deactivate")).toEqual([403, { message: "403 Forbidden - A blocked user cannot be deactivated by the API" }]);
    expect((await site.api("GET", "/users?blocked=true", root)).body.map(({ id }: { id: number }) => id)).toEqual([idOf("bob")]);
    expect(await act(of, "unblock")).toEqual([201, true]);
    expect(await act(carl, "deactivate")).toEqual([201, true]);
    expect((await site.api("GET", carl, root)).body.state).toBe("deactivated");
    expect(await act(carl, "activate")).toEqual([201, true]);
    expect((await site.api("GET", "/user", token)).status).toBe(200);
    expect((await site.api("POST", `${of}/block`, stranger)).status).toBe(403);
    expect((await act(`/users/${idOf("root")}`, "block"))[0]).toBe(400);
  });

  it("are told what is wrong with them in GitLab's shapes", async () => {
    const bad = await site.api("POST", "/users", root, person("-bad-"));
    expect([bad.status, Object.keys(bad.body.message)]).toEqual([400, ["username"]]);
    const short = await site.api("POST", "/users", root, person("short", { password: "x" }));
    expect([short.status, Object.keys(short.body.message)]).toEqual([400, ["password"]]);
    expect((await site.api("POST", "/users", root, person("ann"))).body).toEqual({ message: "Username has already been taken" });
    expect((await site.api("POST", "/users", root, { ...person("other"), email: "ANN@example.com" })).body).toEqual({ message: "Email has already been taken" });
    expect((await site.api("PUT", `/users/${idOf("ann")}`, root, { username: "other" })).status).toBe(400);
    const nothing = await site.api("POST", "/users", root, { name: "n", username: "n", email: "n@example.com" });
    expect(nothing.body).toEqual({ error: "password, reset_password, force_random_password are missing, at least one parameter must be provided" });
  });
});

describe("a membership whose time is over", () => {
  it("has ended when the server takes its first request, and no other has", async () => {
    const group = { id: 0 };
    const users: number[] = [];
    const server = await startServer({}, {
      open: async (config, schema) => {
        const stores = await openStores(config, schema);
        const { tree, accounts, members } = stores.metadata;
        const made = await tree.create({
          kind: "group", parentId: null, name: "old", id: null, visibility: "private", fullName: "", description: "", ownerId: null, nowMs: 1,
        });
        if (made.outcome !== "created") throw new Error(made.outcome);
        group.id = made.namespace.id;
        for (const [name, expiresAtMs] of [["late", Date.now() - 1], ["early", Date.now() + 3_600_000]] as const) {
          const user = await accounts.create({
            name: parseNamespaceName(name), fullName: "", email: `${name}@example.com`, visibility: "public", passwordHash: "none",
            isAdmin: false, isRestricted: false, nowMs: 1,
          });
          if (user.outcome !== "created") throw new Error(user.outcome);
          users.push(user.user.id);
          await members.add({ namespaceId: group.id, userId: user.user.id, level: 30, expiresAtMs, nowMs: 1 });
        }
        return stores;
      },
    });
    const levels = await Promise.all(users.map(async (id) => (await server.stores.metadata.namespaces.standing(group.id, id)).level));
    await server.stop();
    expect(levels).toEqual([0, 30]);
  });
});
