import { beforeEach, describe, expect, it } from "bun:test";
import { duplicatePolicies, type DuplicatePolicy, type NamespaceSettings } from "../../src/core/domain.ts";
import type { FileToPublish } from "../../src/core/operations/publish-file.ts";
import { checkVersionRule, duplicatePolicyFor } from "../../src/core/operations/publishing-policies.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { codeOf, fileOf, openRegistry, type OpenedRegistry } from "./open-registry.ts";

let opened: OpenedRegistry;
beforeEach(async () => {
  opened = await openRegistry();
});

async function publish(text: string, given: Partial<FileToPublish> = {}): Promise<string> {
  const grant = await opened.registry.openNamespace(await opened.signedIn("root"), "group/app", "publish");
  return codeOf(opened.registry.publishFile(grant, fileOf(text, given)));
}

const setApp = (settings: NamespaceSettings) => opened.metadata.namespaces.update(opened.app.id, { settings });
const setGroup = (settings: NamespaceSettings) => opened.metadata.namespaces.update(opened.group.id, { settings });

describe("what happens where a file of the name is there", () => {
  /** What the namespace or else the dialect says, whether the exception matches, and what follows. */
  const outcomes: readonly (readonly [policy: DuplicatePolicy, doesMatch: boolean, inForce: DuplicatePolicy])[] = [
    ["allow", false, "allow"],
    ["allow", true, "reject"],
    ["reject", false, "reject"],
    ["reject", true, "allow"],
    ["identical", false, "identical"],
    ["identical", true, "allow"],
  ];
  const exceptions: readonly (readonly [pattern: string | null | undefined, doesMatch: boolean])[] = [
    [undefined, false],
    [null, false],
    ["", false],
    ["p", true],
    ["1\\.0\\.0", true],
    ["q", false],
    ["1\\.0", false],
    [".*", true],
    ["P", false],
    ["(?i)P", true],
    ["p|never", true],
    ["x1.0.0|1.0.0x", false],
  ];

  for (const [policy, doesMatch, inForce] of outcomes)
    it(`${policy}, with an exception that ${doesMatch ? "matches" : "does not match"}: ${inForce}`, async () => {
      for (const [pattern, isMatch] of exceptions) {
        if (isMatch !== doesMatch) continue;
        const exception = pattern === undefined ? {} : { duplicateException: pattern };
        for (const dialect of duplicatePolicies) {
          const file = { packageName: "p", version: "1.0.0", onDuplicate: dialect };
          expect([pattern, dialect, await duplicatePolicyFor({ duplicates: policy, ...exception }, file)]).toEqual([pattern, dialect, inForce]);
        }
        const asDialect = { packageName: "p", version: "1.0.0", onDuplicate: policy };
        for (const settings of [exception, { duplicates: null, ...exception }]) expect([pattern, await duplicatePolicyFor(settings, asDialect)]).toEqual([pattern, inForce]);
      }
    });

  it("is what publishing does, by settings of the project or of what is above it", async () => {
    const cases: readonly (readonly [group: NamespaceSettings, app: NamespaceSettings, dialect: DuplicatePolicy, same: string, different: string])[] = [
      [{}, {}, "reject", "file_exists", "file_exists"],
      [{}, {}, "allow", "ok", "ok"],
      [{}, {}, "identical", "ok", "file_exists"],
      [{ duplicates: "reject" }, {}, "allow", "file_exists", "file_exists"],
      [{ duplicates: "reject" }, { duplicates: null }, "allow", "ok", "ok"],
      [{ duplicates: "allow" }, { duplicates: "identical" }, "reject", "ok", "file_exists"],
      [{ duplicates: "reject", duplicateException: "p[0-9]*" }, {}, "allow", "ok", "ok"],
      [{ duplicates: "reject", duplicateException: "p[0-9]*" }, { duplicateException: null }, "allow", "file_exists", "file_exists"],
      // The exception of another policy does not turn this one round.
      [{ duplicateException: "1\\..*" }, { duplicates: "allow" }, "reject", "ok", "ok"],
      [{ duplicates: "reject", duplicateException: "1\\..*" }, { duplicates: "allow" }, "reject", "ok", "ok"],
      [{ duplicates: "allow", duplicateException: "1\\..*" }, { duplicateException: "2\\..*" }, "reject", "ok", "ok"],
      [{ duplicateException: "1\\..*" }, {}, "reject", "ok", "ok"],
    ];
    for (const [index, [group, app, onDuplicate, same, different]] of cases.entries()) {
      opened = await openRegistry();
      await setGroup(group);
      await setApp(app);
      const file = { packageName: `p${index}`, onDuplicate };
      expect(await publish("first", file)).toBe("ok");
      expect([index, await publish("first", file), await publish("second", file)]).toEqual([index, same, different]);
      expect(await opened.textOf("f", { packageName: `p${index}` })).toBe(different === "ok" ? "second" : "first");
      expect((await opened.stored())[1]).toBe(0);
    }
  });

  it("goes by the names that are in place, however the publisher spells them", async () => {
    await setApp({ duplicates: "reject", duplicateException: "snapshot-.*" });
    const file = { packageName: "Snapshot-a", version: "1.0.0-RC", match: "folded" } as const;
    expect(await publish("first", file)).toBe("ok");
    for (const announcedBytes of [null, 6])
      expect(await publish("second", { ...file, packageName: "snapshot-a", announcedBytes, isLengthExact: announcedBytes !== null })).toBe("file_exists");
    await setApp({ duplicateException: ".*-rc" });
    expect(await publish("second", { ...file, version: "1.0.0-rc" })).toBe("file_exists");
    expect(await opened.textOf("f", file)).toBe("first");
    await setApp({ duplicateException: "Snapshot-.*" });
    for (const [text, announcedBytes] of [["second", null], ["third!", 6]] as const)
      expect(await publish(text, { ...file, packageName: "snapshot-a", announcedBytes, isLengthExact: announcedBytes !== null })).toBe("ok");
    expect(await opened.textOf("f", file)).toBe("third!");
  });

  it("spares the sender the body where a duplicate is refused", async () => {
    expect(await publish("first")).toBe("ok");
    let isRead = false;
    const content = (async function* () {
      isRead = true;
      yield Buffer.from("second");
    })();
    expect(await publish("", { content, onDuplicate: "reject" })).toBe("file_exists");
    expect(isRead).toBe(false);
  });

  it("says whether something was added", async () => {
    const grant = await opened.registry.openNamespace(await opened.signedIn("root"), "group/app", "publish");
    const first = await opened.registry.publishFile(grant, fileOf("same", { onDuplicate: "identical" }));
    const again = await opened.registry.publishFile(grant, fileOf("same", { onDuplicate: "identical" }));
    expect([first.isNew, again.isNew, again.file]).toEqual([true, false, first.file]);
    expect(await opened.stored()).toEqual([1, 0]);
  });
});

describe("the rule for versions", () => {
  const refusalOf = (name: { packageName?: string; version?: string; path?: string }, settings: NamespaceSettings = { versions: "x.y.z" }): string | null => {
    try {
      checkVersionRule(settings, { packageName: "p", version: "1.2.3", path: "f", ...name });
      return null;
    } catch (error) {
      if (error instanceof RegistryError && error.code === "name_invalid") return error.message;
      throw error;
    }
  };

  it("takes three numbers and nothing else", () => {
    for (const version of ["1.2.3", "0.0.0", "10.20.30", "001.2.3", "999999999999999999999.0.0"]) expect([version, refusalOf({ version })]).toEqual([version, null]);
    for (const version of ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-rc.1", "1.2.3+build", "1.2.x", " 1.2.3", "1.2.3\n", "1..3", "١.٢.٣", "1,2,3"])
      expect([version, refusalOf({ version })]).toEqual([version, "package_version is invalid"]);
  });

  it("takes no plus in any name, and names all that is wrong", () => {
    expect(refusalOf({ packageName: "c++" })).toBe("package_name is invalid");
    expect(refusalOf({ path: "a+b" })).toBe("file_name is invalid");
    expect(refusalOf({ packageName: "c++", version: "1", path: "a+b" })).toBe("package_name is invalid, package_version is invalid, file_name is invalid");
    expect(refusalOf({ packageName: "a-b_c.d", path: "dir/f.tar.gz" })).toBeNull();
  });

  it("asks nothing where no namespace sets it, or one undoes it", () => {
    for (const settings of [{}, { versions: null }]) expect(refusalOf({ packageName: "c++", version: "latest", path: "a+b" }, settings)).toBeNull();
  });

  it("refuses before the body is read, for the project and all below what sets it", async () => {
    await setGroup({ versions: "x.y.z" });
    let isRead = false;
    const content = (async function* () {
      isRead = true;
      yield Buffer.from("content");
    })();
    expect(await publish("", { version: "1.0", content })).toBe("name_invalid");
    expect(isRead).toBe(false);
    expect(await publish("content", { version: "1.0.0" })).toBe("ok");
    await setApp({ versions: null });
    expect(await publish("content", { version: "1.0" })).toBe("ok");
  });

  it("is asked of the name that an upload gets at its end", async () => {
    await setApp({ versions: "x.y.z" });
    const named = (path: string) => ({ settle: () => ({ kind: "named", path, status: null }) as const });
    expect(await publish("content", named("a+b"))).toBe("name_invalid");
    expect(await opened.stored()).toEqual([0, 0]);
    expect(await publish("content", named("a-b"))).toBe("ok");
  });
});
