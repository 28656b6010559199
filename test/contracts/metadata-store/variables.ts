import { describe, expect, it } from "bun:test";
import type { Variable } from "../../../src/core/domain.ts";
import type { NewVariable } from "../../../src/core/ports/variable-store.ts";
import { addGroup, countOf, type CurrentStore } from "./records.ts";

const limit = 100;

/** VariableStore: CI/CD variables of namespaces. */
export function variableContract(store: CurrentStore): void {
  const newVariable = (namespaceId: number, key: string, given: Partial<NewVariable> = {}): NewVariable => ({
    namespaceId,
    key,
    environmentScope: "*",
    sealedValue: `sealed ${key}`,
    type: "env_var",
    description: null,
    isProtected: false,
    isMasked: false,
    isHidden: false,
    isRaw: false,
    ...given,
  });
  const add = async (namespaceId: number, key: string, given: Partial<NewVariable> = {}): Promise<Variable> => {
    const result = await store().variables.create(newVariable(namespaceId, key, given), limit);
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.variable;
  };

  describe("creating a variable", () => {
    it("keeps every field", async () => {
      const { id: namespaceId } = await addGroup(store(), "tools");
      for (const flag of [true, false]) {
        const given = newVariable(namespaceId, `KEY_${flag}`, {
          environmentScope: "review/*",
          type: flag ? "file" : "env_var",
          description: flag ? "what it is for" : null,
          isProtected: flag,
          isMasked: !flag,
          isHidden: flag,
          isRaw: !flag,
        });
        const variable = await add(namespaceId, given.key, given);
        expect(variable).toEqual({ id: variable.id, ...given });
        expect(await store().variables.find(namespaceId, given.key, null)).toEqual([variable]);
      }
    });

    it("refuses a key twice in one scope, and takes it in another scope, case or namespace", async () => {
      const [{ id }, { id: otherId }] = [await addGroup(store(), "tools"), await addGroup(store(), "other")];
      await add(id, "KEY");
      expect(await store().variables.create(newVariable(id, "KEY"), limit)).toEqual({ outcome: "taken" });
      await add(id, "KEY", { environmentScope: "production" });
      await add(id, "key");
      await add(otherId, "KEY");
    });

    it("gives a key to one of many at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const results = await Promise.all(Array.from({ length: 8 }, () => store().variables.create(newVariable(id, "KEY"), limit)));
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 1, taken: 7 });
    });

    it("stops at the limit, also when many come at once", async () => {
      const { id } = await addGroup(store(), "tools");
      const results = await Promise.all(Array.from({ length: 6 }, (_, index) => store().variables.create(newVariable(id, `K${index}`), 4)));
      expect(countOf(results.map((result) => result.outcome))).toEqual({ created: 4, too_many: 2 });
    });

    it("needs a namespace", async () => {
      expect(await store().variables.create(newVariable(9_999, "KEY"), limit)).toEqual({ outcome: "absent" });
    });
  });

  describe("reading variables", () => {
    it("lists them by key and scope, page by page, those of the namespace only", async () => {
      const [{ id }, { id: otherId }] = [await addGroup(store(), "tools"), await addGroup(store(), "other")];
      await add(otherId, "A");
      for (const [key, environmentScope] of [["C", "*"], ["B", "staging"], ["B", "*"], ["a", "*"]] as const) await add(id, key, { environmentScope });
      const page = async (offset: number, count: number) => {
        const { items, total } = await store().variables.list(id, { offset, limit: count });
        return [items.map((variable) => `${variable.key} ${variable.environmentScope}`), total];
      };
      expect(await page(0, 10)).toEqual([["B *", "B staging", "C *", "a *"], 4]);
      expect(await page(1, 2)).toEqual([["B staging", "C *"], 4]);
      expect(await page(4, 2)).toEqual([[], 4]);
    });

    it("finds one scope, or as many as it takes to see that there are several", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const environmentScope of ["*", "production", "staging"]) await add(id, "KEY", { environmentScope });
      expect((await store().variables.find(id, "KEY", "staging")).map((variable) => variable.environmentScope)).toEqual(["staging"]);
      expect(await store().variables.find(id, "KEY", null)).toHaveLength(2);
      expect(await store().variables.find(id, "KEY", "none")).toEqual([]);
      expect(await store().variables.find(id, "key", null)).toEqual([]);
    });

    it("knows whether any value is sealed", async () => {
      const { id } = await addGroup(store(), "tools");
      expect(await store().variables.hasAny()).toBe(false);
      const variable = await add(id, "KEY");
      expect(await store().variables.hasAny()).toBe(true);
      await store().variables.delete(id, variable.id);
      expect(await store().variables.hasAny()).toBe(false);
    });
  });

  describe("changing a variable", () => {
    it("changes what is given and leaves the rest", async () => {
      const { id } = await addGroup(store(), "tools");
      const variable = await add(id, "KEY", { description: "old" });
      const all = {
        environmentScope: "production", sealedValue: "another", type: "file", description: null,
        isProtected: true, isMasked: true, isRaw: true,
      } as const;
      expect(await store().variables.update(variable, {})).toEqual({ outcome: "updated", variable });
      expect(await store().variables.update(variable, all)).toEqual({ outcome: "updated", variable: { ...variable, ...all } });
      expect(await store().variables.find(id, "KEY", null)).toEqual([{ ...variable, ...all }]);
    });

    it("keeps changes of different fields that saw the same variable", async () => {
      const { id } = await addGroup(store(), "tools");
      const variable = await add(id, "KEY");
      await Promise.all([
        store().variables.update(variable, { sealedValue: "another" }),
        store().variables.update(variable, { description: "new" }),
      ]);
      expect(await store().variables.find(id, "KEY", null)).toEqual([{ ...variable, sealedValue: "another", description: "new" }]);
    });

    it("changes nothing of a masked variable whose value is not what was seen", async () => {
      const { id } = await addGroup(store(), "tools");
      const seen = await add(id, "KEY");
      await store().variables.update(seen, { sealedValue: "another" });
      expect(await store().variables.update(seen, { isMasked: true })).toEqual({ outcome: "overtaken" });
      const [now] = await store().variables.find(id, "KEY", null);
      expect(now).toEqual({ ...seen, sealedValue: "another" });
    });

    it("refuses a scope that the key has already", async () => {
      const { id } = await addGroup(store(), "tools");
      await add(id, "KEY", { environmentScope: "staging" });
      const variable = await add(id, "KEY");
      expect(await store().variables.update(variable, { environmentScope: "staging" })).toEqual({ outcome: "taken" });
      expect((await store().variables.update(variable, { environmentScope: "*" })).outcome).toBe("updated");
    });

    it("tells when the variable is gone", async () => {
      const { id } = await addGroup(store(), "tools");
      const variable = await add(id, "KEY");
      expect(await store().variables.delete(id, variable.id)).toBe(true);
      expect(await store().variables.delete(id, variable.id)).toBe(false);
      expect(await store().variables.update(variable, { description: "new" })).toEqual({ outcome: "absent" });
    });

    it("deletes none of another namespace, and all with their own", async () => {
      const [{ id }, { id: otherId }] = [await addGroup(store(), "tools"), await addGroup(store(), "other")];
      const variable = await add(id, "KEY");
      expect(await store().variables.delete(otherId, variable.id)).toBe(false);
      await store().namespaces.deleteGroup(id);
      expect(await store().variables.hasAny()).toBe(false);
    });
  });
}
