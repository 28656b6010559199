import { describe, expect, it } from "bun:test";
import { addGroup, findFile, publish, tryPublish, type CurrentStore } from "./records.ts";

/** Pairs that are one name without case. */
const alike: readonly (readonly [string, string])[] = [
  ["Tool", "tOOL"],
  ["Ä", "ä"],
  ["ÉTÉ", "été"],
  ["Дом", "дОМ"],
  // A capital sigma folds to the common small one, wherever in a word it stands.
  ["ΑΣ", "ασ"],
  // The dotted capital I folds to a plain i, without the combining dot.
  ["İx", "iX"],
  // The Kelvin sign folds to k.
  ["\u212A", "k"],
  // Beyond the basic plane.
  ["\u{10400}", "\u{10428}"],
];

/** Pairs that stay different names. */
const different: readonly (readonly [string, string])[] = [
  // The final small sigma is a small letter already, and another one.
  ["ΑΣ", "ας"],
  ["ß", "ss"],
  ["ı", "i"],
  // Composed and decomposed forms.
  ["\u00E4", "a\u0308"],
  ["tool", "tool "],
  ["a_b", "axb"],
  ["a%", "ab"],
];

/** How names are compared, for packages, versions and files alike. */
export function foldingContract(store: CurrentStore): void {
  const within = (name: string, match: "exact" | "folded") => [
    { packageName: name, version: "1", path: "f", match },
    { packageName: "p", version: name, path: "f", match },
    { packageName: "p", version: "1", path: name, match },
  ];

  for (const [first, second] of alike)
    it(`takes ${JSON.stringify(first)} and ${JSON.stringify(second)} for one name when folded, for two when exact`, async () => {
      const { id } = await addGroup(store(), "tools");
      for (const [published, asked] of [[first, second], [second, first]] as const) {
        for (const [index, file] of within(published, "folded").entries()) {
          const target = await addGroup(store(), `group${index}-${published === first ? "a" : "b"}`);
          const result = await publish(store(), target.id, file);
          const other = within(asked, "folded")[index];
          const exact = within(asked, "exact")[index];
          expect(await findFile(store(), target.id, other)).toEqual(result.file);
          expect(await findFile(store(), target.id, exact)).toBeNull();
          expect(await tryPublish(store(), target.id, other)).toEqual({ outcome: "file_exists" });
          expect((await tryPublish(store(), target.id, exact)).outcome).toBe("published");
        }
      }
      expect(await store().namespaces.usage(id)).toEqual({ versions: 0, bytes: 0 });
    });

  for (const [first, second] of different)
    it(`keeps ${JSON.stringify(first)} and ${JSON.stringify(second)} apart`, async () => {
      const { id } = await addGroup(store(), "tools");
      for (const [index, file] of within(first, "folded").entries()) {
        await publish(store(), id, { ...file, nowMs: index });
        const other = within(second, "folded")[index];
        expect(await findFile(store(), id, other)).toBeNull();
        const published = await publish(store(), id, { ...other });
        expect((await findFile(store(), id, file))?.id).not.toBe(published.file.id);
      }
    });

  describe("where several names fold to one", () => {
    it("prefers the exact package to a folded one with a lower id, and else takes the lowest id", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const packageName of ["TOOL", "Tool", "tool"]) await publish(store(), id, { packageName });
      const found = async (name: string) => (await store().packages.findPackage(id, name, "folded"))?.name;
      expect(await found("tool")).toBe("tool");
      expect(await found("Tool")).toBe("Tool");
      expect(await found("TOOL")).toBe("TOOL");
      expect(await found("tOOl")).toBe("TOOL");
    });

    it("prefers the exact version to a folded one with a lower id, and else takes the lowest id", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const version of ["1.0-RC", "1.0-rc"]) await publish(store(), id, { version });
      const found = async (version: string) =>
        (await store().packages.findVersion({ namespaceId: id, packageName: "package", version, match: "folded" }))?.name;
      expect(await found("1.0-rc")).toBe("1.0-rc");
      expect(await found("1.0-RC")).toBe("1.0-RC");
      expect(await found("1.0-Rc")).toBe("1.0-RC");
    });

    it("prefers the exact path to a folded one with a lower id, and else takes the lowest id", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const path of ["README", "readme"]) await publish(store(), id, { path, content: path });
      const found = async (path: string) => (await findFile(store(), id, { path, match: "folded" }))?.path;
      expect(await found("readme")).toBe("readme");
      expect(await found("README")).toBe("README");
      expect(await found("Readme")).toBe("README");
    });

    it("takes the next lowest id when that one is deleted", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "README" });
      await publish(store(), id, { path: "readme" });
      await store().publishing.deleteFile({ versionId: file.versionId, path: "README", nowMs: 3_000 });
      expect((await findFile(store(), id, { path: "Readme", match: "folded" }))?.path).toBe("readme");
    });

    it("publishes into the package and version that it finds, and keeps their spelling", async () => {
      const { id } = await addGroup(store(), "tools");
      const first = await publish(store(), id, { packageName: "Tool", version: "V1", path: "a", match: "folded" });
      const second = await publish(store(), id, { packageName: "tool", version: "v1", path: "b", match: "folded" });
      expect(second.file.versionId).toBe(first.file.versionId);
      expect(second.isNewVersion).toBe(false);
      const version = await store().packages.findVersion({ namespaceId: id, packageName: "TOOL", version: "v1", match: "folded" });
      expect(version).toMatchObject({ packageName: "Tool", name: "V1" });
      const exact = await publish(store(), id, { packageName: "tool", version: "v1", path: "b", match: "exact" });
      expect(exact.isNewVersion).toBe(true);
    });

    it("deletes a file by its exact path only", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { path: "README" });
      expect(await store().publishing.deleteFile({ versionId: file.versionId, path: "readme", nowMs: 3_000 })).toBe("absent");
      expect(await findFile(store(), id, { path: "README" })).not.toBeNull();
    });
  });
}
