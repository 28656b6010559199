import { describe, expect, it } from "bun:test";
import type { NewProtectionRule } from "../../../src/core/ports/protection-store.ts";
import { addGroup, addNamespace, countOf, type CurrentStore } from "./records.ts";

/** ProtectionStore: rules on who may push or delete packages of some names. */
export function protectionContract(store: CurrentStore): void {
  const tryAdd = (namespaceId: number, packageNamePattern: string, given: Partial<NewProtectionRule> = {}, limit = 10) =>
    store().protection.create({ namespaceId, packageNamePattern, pushLevel: 40, deleteLevel: null, nowMs: 1_000, ...given }, limit);
  const add = async (namespaceId: number, pattern: string, given: Partial<NewProtectionRule> = {}) => {
    const result = await tryAdd(namespaceId, pattern, given);
    if (result.outcome !== "created") throw new Error(result.outcome);
    return result.rule;
  };
  const inForce = async (id: number) => (await store().protection.inForce(id)).map((rule) => rule.packageNamePattern);

  it("keeps every field, and lists a namespace's own rules by id", async () => {
    const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
    const rule = await add(one.id, "prod-*", { pushLevel: 60, deleteLevel: 50 });
    expect(rule).toEqual({ id: rule.id, namespaceId: one.id, packageNamePattern: "prod-*", pushLevel: 60, deleteLevel: 50 });
    const second = await add(one.id, "*", { pushLevel: null, deleteLevel: 40 });
    const third = await add(one.id, "Prod-*", { pushLevel: null, deleteLevel: null });
    await add(two.id, "prod-*");
    expect(await store().protection.list(one.id)).toEqual([rule, second, third]);
    expect(await store().protection.list(9_999)).toEqual([]);
  });

  it("refuses a pattern twice, too many rules, and a namespace that is absent", async () => {
    const { id } = await addGroup(store(), "tools");
    await add(id, "a");
    expect(await tryAdd(id, "a", { pushLevel: 60 })).toEqual({ outcome: "pattern_taken" });
    expect(await tryAdd(id, "b", {}, 1)).toEqual({ outcome: "too_many" });
    expect((await tryAdd(id, "b", {}, 2)).outcome).toBe("created");
    expect(await tryAdd(9_999, "a")).toEqual({ outcome: "absent" });
    expect((await store().protection.list(id)).length).toBe(2);
  });

  it("creates one of many at once, and no more than the limit", async () => {
    const { id } = await addGroup(store(), "tools");
    const outcomes = async (patterns: readonly string[]) => countOf((await Promise.all(patterns.map((pattern) => tryAdd(id, pattern, {}, 5)))).map(({ outcome }) => outcome));
    expect(await outcomes(Array.from({ length: 8 }, () => "same"))).toEqual({ created: 1, pattern_taken: 7 });
    expect(await outcomes(Array.from({ length: 8 }, (_, index) => `${index}`))).toEqual({ created: 4, too_many: 4 });
  });

  it("has in force what the nearest namespace says that says anything", async () => {
    const top = await addGroup(store(), "top");
    const sub = await addNamespace(store(), "group", top.id, "sub");
    const app = await addNamespace(store(), "project", sub.id, "app");
    expect(await inForce(app.id)).toEqual([]);
    await add(top.id, "of top");
    await add(top.id, "also of top");
    expect([await inForce(app.id), await inForce(top.id)]).toEqual([["of top", "also of top"], ["of top", "also of top"]]);
    const rule = await add(sub.id, "of sub", { pushLevel: null, deleteLevel: null });
    expect([await inForce(app.id), await inForce(sub.id), await inForce(top.id)]).toEqual([["of sub"], ["of sub"], ["of top", "also of top"]]);
    await add(app.id, "of app");
    expect(await inForce(app.id)).toEqual(["of app"]);
    expect(await store().protection.delete(sub.id, rule.id)).toBe(true);
    expect([await inForce(app.id), await inForce(sub.id)]).toEqual([["of app"], ["of top", "also of top"]]);
    expect(await inForce(9_999)).toEqual([]);
  });

  describe("changing a rule", () => {
    it("changes each given field and leaves the others", async () => {
      const { id } = await addGroup(store(), "tools");
      const other = await add(id, "other");
      let expected = await add(id, "a", { pushLevel: 40, deleteLevel: 50 });
      for (const changes of [{ packageNamePattern: "b*" }, { pushLevel: null }, { deleteLevel: 60 }, { pushLevel: 50, deleteLevel: null }, {}] as const) {
        expected = { ...expected, ...changes };
        expect(await store().protection.update(id, expected.id, changes)).toEqual({ outcome: "updated", rule: expected });
      }
      expect(await store().protection.update(id, expected.id, { packageNamePattern: "b*" })).toEqual({ outcome: "updated", rule: expected });
      expect(await store().protection.list(id)).toEqual([other, expected]);
    });

    it("refuses a rule that would ask for nothing any more, and changes nothing of it", async () => {
      const { id } = await addGroup(store(), "tools");
      const rule = await add(id, "a", { pushLevel: 40, deleteLevel: null });
      for (const changes of [{ pushLevel: null }, { pushLevel: null, deleteLevel: null }, { pushLevel: null, packageNamePattern: "b" }] as const)
        expect(await store().protection.update(id, rule.id, changes)).toEqual({ outcome: "no_level" });
      expect(await store().protection.list(id)).toEqual([rule]);
      expect((await store().protection.update(id, rule.id, { pushLevel: null, deleteLevel: 60 })).outcome).toBe("updated");
    });

    it("refuses another rule's pattern, and what is absent in this namespace", async () => {
      const [one, two] = [await addGroup(store(), "one"), await addGroup(store(), "two")];
      const [a, b] = [await add(one.id, "a"), await add(one.id, "b")];
      expect(await store().protection.update(one.id, b.id, { packageNamePattern: "a", pushLevel: 60 })).toEqual({ outcome: "pattern_taken" });
      for (const [namespaceId, ruleId] of [[two.id, a.id], [one.id, 9_999], [9_999, a.id]] as const) {
        expect(await store().protection.update(namespaceId, ruleId, { pushLevel: null })).toEqual({ outcome: "absent" });
        expect(await store().protection.delete(namespaceId, ruleId)).toBe(false);
      }
      expect(await store().protection.list(one.id)).toEqual([a, b]);
    });
  });

  it("goes once, and its pattern may be used again", async () => {
    const { id } = await addGroup(store(), "tools");
    const rule = await add(id, "a");
    expect(await store().protection.delete(id, rule.id)).toBe(true);
    expect(await store().protection.delete(id, rule.id)).toBe(false);
    expect((await add(id, "a")).id).toBeGreaterThan(rule.id);
  });
}
