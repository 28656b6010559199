import { describe, expect, it } from "bun:test";
import type { Namespace } from "../../../src/core/domain.ts";
import type { NewNamespace } from "../../../src/core/ports/tree-store.ts";
import { addGroup, addNamespace, addUser, countOf, findFile, newNamespace, publish, type CurrentStore } from "./records.ts";

/** TreeStore: groups below groups, projects, their ids and their paths. */
export function treeContract(store: CurrentStore): void {
  const add = (kind: "group" | "project", parentId: number | null, name: string, given: Partial<NewNamespace> = {}) =>
    addNamespace(store(), kind, parentId, name, given);
  const tryCreate = async (given: Partial<NewNamespace>) => (await store().tree.create(newNamespace("project", null, "new", given))).outcome;
  const find = async (path: string) => (await store().namespaces.find(path))?.id ?? null;
  const former = async (path: string) => (await store().tree.findFormer(path))?.id ?? null;
  const usage = (id: number) => store().namespaces.usage(id);

  describe("creating", () => {
    it("keeps every field, and finds it by path without case and by id", async () => {
      const group = await addGroup(store(), "Tools");
      const fields = { visibility: "internal", fullName: "The App", description: "d", nowMs: 4_321 } as const;
      const created = await add("project", group.id, "App.js", fields);
      expect(created).toEqual({
        id: created.id,
        parentId: group.id,
        kind: "project",
        path: "Tools/App.js",
        visibility: "internal",
        fullName: "The App",
        description: "d",
        email: "",
        website: "",
        location: "",
        limits: {},
        settings: {},
        createdAtMs: 4_321,
      });
      expect(await store().tree.findById(created.id)).toEqual(created);
      for (const path of ["Tools/App.js", "tools/app.JS"]) expect(await store().namespaces.find(path)).toEqual(created);
      for (const path of ["App.js", "Tools/", "Tools/App.js/", "/Tools/App.js"]) expect(await store().namespaces.find(path)).toBeNull();
      expect(await store().tree.findById(9_999)).toBeNull();
    });

    it("keeps settings that come along", async () => {
      const settings = { registryAccess: "private", duplicates: null } as const;
      expect((await add("group", null, "tools", { settings })).settings).toEqual(settings);
    });

    it("puts each kind where it belongs: users hold projects, projects nothing, and projects need a parent", async () => {
      const user = await addUser(store(), "ann");
      const top = await add("group", null, "top");
      const sub = await add("group", top.id, "sub");
      const deep = await add("group", sub.id, "deep");
      const project = await add("project", deep.id, "app");
      expect(project.path).toBe("top/sub/deep/app");
      expect((await add("project", user.id, "own")).path).toBe("ann/own");
      expect(await tryCreate({ kind: "project", parentId: null })).toBe("parent_absent");
      expect(await tryCreate({ kind: "group", parentId: user.id })).toBe("parent_absent");
      for (const kind of ["group", "project"] as const) {
        expect(await tryCreate({ kind, parentId: project.id })).toBe("parent_absent");
        expect(await tryCreate({ kind, parentId: 9_999 })).toBe("parent_absent");
      }
      expect((await store().tree.below(null, null, 100)).length).toBe(6);
    });

    it("refuses a path that is taken in any case, the same name elsewhere not", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      await add("project", one.id, "App");
      for (const [kind, name] of [["project", "App"], ["project", "aPP"], ["group", "app"]] as const)
        expect(await tryCreate({ kind, parentId: one.id, name })).toBe("name_taken");
      expect(await tryCreate({ kind: "group", parentId: null, name: "ONE" })).toBe("name_taken");
      await addUser(store(), "ann");
      expect(await tryCreate({ kind: "group", parentId: null, name: "Ann" })).toBe("name_taken");
      await add("project", two.id, "App");
    });

    it("gives a path to one of many at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const outcomes = await Promise.all(Array.from({ length: 10 }, (_, index) => tryCreate({ parentId: id, name: index % 2 === 0 ? "app" : "APP" })));
      expect(countOf(outcomes)).toEqual({ created: 1, name_taken: 9 });
    });

    it("makes its owner an owner by a direct grant, and nobody where the owner is gone", async () => {
      const [ann, bob] = [await addUser(store(), "ann"), await addUser(store(), "bob")];
      const group = await add("group", null, "tools", { ownerId: ann.id });
      const project = await add("project", group.id, "app");
      for (const id of [group.id, project.id]) {
        expect((await store().namespaces.standing(id, ann.id)).level).toBe(50);
        expect((await store().namespaces.standing(id, bob.id)).level).toBe(0);
      }
      expect((await store().tree.below(group.id, ann.id, 10)).map(({ level }) => level)).toEqual([50, 0]);
      await store().namespaces.setGrant({ namespaceId: group.id, userId: ann.id, level: 0 });
      expect((await store().namespaces.standing(project.id, ann.id)).level).toBe(0);
      await add("project", group.id, "lonely", { ownerId: 9_999 });
    });
  });

  describe("ids", () => {
    it("may be chosen where nobody has or had them", async () => {
      const group = await add("group", null, "tools", { id: 70 });
      const project = await add("project", group.id, "app", { id: 4_000_000_000_000 });
      expect([group.id, project.id]).toEqual([70, 4_000_000_000_000]);
      expect(await store().tree.findById(4_000_000_000_000)).toEqual(project);
      expect((await add("project", group.id, "next")).id).toBe(4_000_000_000_001);
      expect((await add("project", group.id, "low", { id: 3 })).id).toBe(3);
      expect((await addUser(store(), "ann")).id).toBe(4_000_000_000_002);
    });

    it("are refused while something has them, whatever it is", async () => {
      const user = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const project = await add("project", group.id, "app");
      for (const id of [user.id, group.id, project.id]) expect(await tryCreate({ parentId: group.id, id })).toBe("id_taken");
      expect(await find("tools/new")).toBeNull();
    });

    it("are never given again, neither by choice nor in turn", async () => {
      const keeper = await addGroup(store(), "keeper");
      const user = await addUser(store(), "ann");
      const group = await addGroup(store(), "tools");
      const project = await add("project", keeper.id, "app", { id: 500 });
      const last = await add("project", keeper.id, "last", { id: 501 });
      await store().accounts.delete(user.id);
      await store().namespaces.deleteGroup(group.id);
      for (const { id } of [project, last]) expect(await store().tree.deleteProject(id, 5_000)).toBe("deleted");
      for (const { id } of [user, group, project, last]) expect(await tryCreate({ parentId: keeper.id, id })).toBe("id_taken");
      expect((await add("project", keeper.id, "next")).id).toBe(502);
    });

    it("go to one of many who choose the same at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => tryCreate({ parentId: id, name: `app${index}`, id: 77 })));
      expect(countOf(outcomes)).toEqual({ created: 1, id_taken: 7 });
    });
  });

  describe("renaming", () => {
    /** `top` with `top/sub/app` and a neighbour whose name begins alike. */
    const family = async (): Promise<{ top: Namespace; sub: Namespace; app: Namespace; neighbour: Namespace }> => {
      const top = await add("group", null, "Top");
      const sub = await add("group", top.id, "sub");
      const app = await add("project", sub.id, "App");
      const neighbour = await add("project", (await add("group", null, "Top-2")).id, "App");
      return { top, sub, app, neighbour };
    };
    const rename = async (id: number, name: string) => {
      const result = await store().tree.rename(id, name);
      if (result.outcome !== "renamed") throw new Error(result.outcome);
      return result.namespace;
    };

    it("moves everything below along, and remembers the paths there were", async () => {
      const { top, sub, app, neighbour } = await family();
      const { file } = await publish(store(), app.id);
      const renamed = await rename(top.id, "Better");
      expect(renamed).toEqual({ ...top, path: "Better" });
      expect(await store().tree.findById(app.id)).toEqual({ ...app, path: "Better/sub/App" });
      expect([await find("better"), await find("BETTER/sub"), await find("better/sub/app")]).toEqual([top.id, sub.id, app.id]);
      for (const path of ["top", "top/sub", "top/sub/app"]) expect(await find(path)).toBeNull();
      expect([await former("TOP"), await former("top/Sub"), await former("Top/sub/App")]).toEqual([top.id, sub.id, app.id]);
      expect((await store().tree.findFormer("top/sub/app"))?.path).toBe("Better/sub/App");
      expect(await find("Top-2/App")).toBe(neighbour.id);
      for (const path of ["Top-2", "top/", "better", "", "nowhere"]) expect(await former(path)).toBeNull();
      expect(await findFile(store(), app.id)).toEqual(file);
      expect(await usage(top.id)).toEqual({ versions: 1, bytes: 7 });
    });

    it("renames in the middle and at the end of a path", async () => {
      const { sub, app } = await family();
      expect((await rename(sub.id, "Middle")).path).toBe("Top/Middle");
      expect((await rename(app.id, "End")).path).toBe("Top/Middle/End");
      expect(await find("top/middle/end")).toBe(app.id);
      for (const path of ["top/sub/app", "top/middle/app"]) expect(await former(path)).toBe(app.id);
      expect(await former("top/sub")).toBe(sub.id);
    });

    it("keeps what it is called when only the case changes, and remembers nothing", async () => {
      const { top, app } = await family();
      expect((await rename(top.id, "tOP")).path).toBe("tOP");
      expect((await store().tree.findById(app.id))?.path).toBe("tOP/sub/App");
      expect(await former("top")).toBeNull();
      expect((await rename(top.id, "tOP")).path).toBe("tOP");
    });

    it("goes there and back again, and swaps names over a third", async () => {
      const { top, app } = await family();
      await rename(top.id, "other");
      await rename(top.id, "Top");
      expect(await find("top/sub/app")).toBe(app.id);
      expect([await former("top"), await former("other"), await former("other/sub/app")]).toEqual([null, top.id, app.id]);
      const second = await add("group", null, "second");
      await rename(top.id, "third");
      await rename(second.id, "top");
      await rename(top.id, "second");
      expect([await find("top"), await find("second")]).toEqual([second.id, top.id]);
      expect([await former("top"), await former("second"), await former("third")]).toEqual([null, null, top.id]);
    });

    it("loses a former path to whoever takes it, with all below it", async () => {
      const takers: readonly (() => Promise<{ readonly id: number }>)[] = [
        () => add("group", null, "Top"),
        () => addGroup(store(), "Top"),
        () => addUser(store(), "Top"),
      ];
      const { top, app } = await family();
      for (const [round, take] of takers.entries()) {
        if (round > 0) await rename(top.id, "Top");
        await rename(top.id, `away${round}`);
        expect([await former("top"), await former("top/sub/app")]).toEqual([top.id, app.id]);
        const { id } = await take();
        expect([await find("top"), await former("top"), await former("top/sub"), await former("top/sub/app")]).toEqual([id, null, null, null]);
        if (round < 2) expect(await store().namespaces.deleteGroup(id)).toBe("deleted");
      }
      expect(await former("top")).toBeNull();
      expect(await former("away1/sub/app")).toBe(app.id);
    });

    it("loses a former path to a project that is renamed to it, and forgets those of what is deleted", async () => {
      const { id } = await addGroup(store(), "tools");
      const [one, two] = [await add("project", id, "one"), await add("project", id, "two")];
      await rename(one.id, "uno");
      expect(await former("tools/one")).toBe(one.id);
      await rename(two.id, "one");
      expect([await former("tools/one"), await former("tools/two")]).toEqual([null, two.id]);
      await store().tree.deleteProject(two.id, 5_000);
      expect([await former("tools/two"), await find("tools/one")]).toEqual([null, null]);
    });

    it("refuses a name that is taken in any case, and changes nothing", async () => {
      const { top, app } = await family();
      await addUser(store(), "ann");
      for (const name of ["Top-2", "tOP-2", "ANN"]) expect(await store().tree.rename(top.id, name)).toEqual({ outcome: "name_taken" });
      expect(await store().tree.findById(app.id)).toEqual(app);
      expect(await former("top")).toBeNull();
    });

    it("renames no account, and nothing that is absent", async () => {
      const ann = await addUser(store(), "ann");
      for (const id of [ann.id, 9_999]) expect(await store().tree.rename(id, "bob")).toEqual({ outcome: "absent" });
      expect((await store().accounts.find("ann"))?.id).toBe(ann.id);
    });

    it("ends well when many rename at once", async () => {
      const { top, sub, app } = await family();
      await Promise.all(Array.from({ length: 12 }, (_, index) => store().tree.rename(index % 2 === 0 ? top.id : sub.id, `name${index % 5}`)));
      const paths = new Map((await store().tree.below(top.id, null, 10)).map(({ namespace }) => [namespace.id, namespace.path]));
      expect(paths.get(sub.id)).toBe(`${paths.get(top.id)}/${paths.get(sub.id)?.split("/").at(-1)}`);
      expect(paths.get(app.id)).toBe(`${paths.get(sub.id)}/App`);
      for (const [id, path] of paths) expect(await find(path)).toBe(id);
    });
  });
}
