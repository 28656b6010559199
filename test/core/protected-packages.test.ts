import { beforeEach, describe, expect, it } from "bun:test";
import type { Actor } from "../../src/core/actor.ts";
import type { ProtectionLevel } from "../../src/core/domain.ts";
import type { FileToPublish } from "../../src/core/operations/publish-file.ts";
import { codeOf, fileOf, openRegistry, type OpenedRegistry } from "./open-registry.ts";

let opened: OpenedRegistry;
/** Everybody who may publish, by name. */
let actors: Readonly<Record<"developer" | "maintainer" | "owner" | "administrator" | "job" | "administrator's job" | "deploy token", Actor>>;

beforeEach(async () => {
  opened = await openRegistry();
  const [developer, maintainer, owner] = [await opened.addMember("developer", 30), await opened.addMember("maintainer", 40), await opened.addMember("owner", 50)];
  const administrator = await opened.signedIn("root");
  if (administrator.kind !== "user") throw new Error("root is no user");
  await opened.metadata.namespaces.setGrant({ namespaceId: opened.app.id, userId: administrator.user.id, level: 40 });
  actors = {
    developer: opened.actorOf(developer),
    maintainer: opened.actorOf(maintainer),
    owner: await opened.tokenActor(owner, ["api"]),
    administrator,
    job: await opened.jobActor(owner, opened.app.id),
    "administrator's job": await opened.jobActor(administrator.user, opened.app.id),
    "deploy token": await opened.deployActor(opened.app.id, ["write_package_registry"]),
  };
});

async function protect(pattern: string, rule: { readonly pushLevel?: ProtectionLevel; readonly deleteLevel?: ProtectionLevel }, namespaceId = opened.app.id): Promise<void> {
  const result = await opened.metadata.protection.create({ namespaceId, packageNamePattern: pattern, pushLevel: null, deleteLevel: null, ...rule, nowMs: 0 }, 10);
  expect(result.outcome).toBe("created");
}

async function publishAs(actor: Actor, given: Partial<FileToPublish> = {}): Promise<string> {
  const grant = await opened.registry.openNamespace(actor, "group/app", "publish");
  return codeOf(opened.registry.publishFile(grant, fileOf("content", given)));
}

/** Who of them may, with the others refused. */
async function whoMay(action: (actor: Actor) => Promise<string>, refusal: string): Promise<string[]> {
  const allowed: string[] = [];
  for (const [name, actor] of Object.entries(actors)) {
    const outcome = await action(actor);
    if (outcome === "ok") allowed.push(name);
    else expect([name, outcome]).toEqual([name, refusal]);
  }
  return allowed;
}

describe("pushing a protected package", () => {
  const publishers = ["developer", "maintainer", "owner", "administrator", "job", "administrator's job", "deploy token"];
  const rules: readonly (readonly [level: ProtectionLevel, allowed: readonly string[]])[] = [
    [40, ["maintainer", "owner", "administrator", "job", "administrator's job"]],
    [50, ["owner", "administrator", "job"]],
    [60, ["administrator"]],
  ];
  for (const [pushLevel, allowed] of rules)
    it(`takes level ${pushLevel}, and a deploy token has none`, async () => {
      expect(await whoMay(publishAs, "")).toEqual(publishers);
      await protect("p*", { pushLevel });
      expect(await whoMay((actor) => publishAs(actor), "package_protected")).toEqual([...allowed]);
      expect(await whoMay((actor) => publishAs(actor, { packageName: "q" }), "")).toEqual(publishers);
      expect((await opened.stored())[1]).toBe(0);
    });

  it("is refused before the body is read", async () => {
    await protect("*", { pushLevel: 60 });
    let isRead = false;
    const content = (async function* () {
      isRead = true;
      yield Buffer.from("content");
    })();
    expect(await publishAs(actors.owner, { content })).toBe("package_protected");
    expect(isRead).toBe(false);
    expect(await opened.stored()).toEqual([0, 0]);
  });

  it("is held to every rule in force, which are the nearest", async () => {
    await protect("*", { pushLevel: 60 }, opened.group.id);
    expect(await publishAs(actors.owner)).toBe("package_protected");
    await protect("p-*", { pushLevel: 40 });
    await protect("*-x", { pushLevel: 50 });
    expect(await publishAs(actors.developer)).toBe("ok");
    expect(await publishAs(actors.developer, { packageName: "p-1" })).toBe("package_protected");
    expect(await publishAs(actors.maintainer, { packageName: "p-1" })).toBe("ok");
    expect(await publishAs(actors.maintainer, { packageName: "p-x" })).toBe("package_protected");
    expect(await publishAs(actors.owner, { packageName: "p-x" })).toBe("ok");
  });

  it("is not got round by another spelling of a name that is there", async () => {
    expect(await publishAs(actors.administrator, { packageName: "Prod-App", match: "folded" })).toBe("ok");
    await protect("Prod-*", { pushLevel: 60 });
    for (const packageName of ["Prod-App", "prod-app", "PROD-APP"])
      expect(await publishAs(actors.owner, { packageName, path: "more", match: "folded" })).toBe("package_protected");
    expect(await publishAs(actors.owner, { packageName: "prod-app", path: "more" })).toBe("ok");
  });

  it("lets read and delete what only pushing is protected of", async () => {
    expect(await publishAs(actors.developer)).toBe("ok");
    await protect("*", { pushLevel: 60 });
    const reader = await opened.registry.openNamespace(actors["deploy token"], "group/app", "read");
    const file = { packageName: "p", version: "1.0.0", path: "f", match: "exact" } as const;
    expect(await codeOf(opened.registry.readFile(reader, file, false))).toBe("ok");
    const deleter = await opened.registry.openNamespace(actors.maintainer, "group/app", "delete");
    expect(await codeOf(opened.registry.deleteFile(deleter, file))).toBe("ok");
  });
});

describe("deleting a protected package", () => {
  const name = { packageName: "p", version: "1.0.0" } as const;
  const file = { ...name, path: "f" } as const;
  const findFile = async () => {
    const found = await opened.metadata.packages.findFile({ namespaceId: opened.app.id, ...file, match: "exact" });
    if (found.found !== "file") throw new Error("the file is gone");
    return found.file;
  };
  const ways: Readonly<Record<string, (actor: Actor) => Promise<string>>> = {
    "a version": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      return codeOf(opened.registry.deleteVersion(grant, { ...name, match: "exact" }));
    },
    "a version by another spelling": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      return codeOf(opened.registry.deleteVersion(grant, { packageName: "P", version: "1.0.0", match: "folded" }));
    },
    "a file": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      return codeOf(opened.registry.deleteFile(grant, { ...file, match: "exact" }));
    },
    "a file by another spelling": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      return codeOf(opened.registry.deleteFile(grant, { packageName: "P", version: "1.0.0", path: "F", match: "folded" }));
    },
    "a package": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      return codeOf(opened.registry.deletePackage(grant, { packageName: "p", match: "exact" }));
    },
    "a package by another spelling": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      return codeOf(opened.registry.deletePackage(grant, { packageName: "P", match: "folded" }));
    },
    "a version by its id": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      return codeOf(opened.registry.deleteVersionById(grant, (await findFile()).versionId, null));
    },
    "a revision by its id": async (actor) => {
      const grant = await opened.registry.openNamespace(actor, "group/app", "delete");
      const { versionId, id } = await findFile();
      return codeOf(opened.registry.deleteRevision(grant, { versionId, fileId: id }, null));
    },
  };

  for (const [what, remove] of Object.entries(ways))
    it(`takes the level of the rule: ${what}`, async () => {
      const mayDelete = ["maintainer", "owner", "administrator", "job", "administrator's job"];
      const levels: readonly (readonly [level: ProtectionLevel, allowed: readonly string[]])[] = [
        [60, ["administrator"]],
        [50, ["owner", "administrator", "job"]],
        [40, mayDelete],
      ];
      for (const [deleteLevel, allowed] of levels) {
        for (const rule of await opened.metadata.protection.list(opened.app.id)) await opened.metadata.protection.delete(opened.app.id, rule.id);
        await protect("p", { deleteLevel });
        for (const who of mayDelete) {
          await publishAs(actors.administrator, { onDuplicate: "identical" });
          const actor = actors[who as keyof typeof actors];
          const outcome = await remove(actor);
          expect([deleteLevel, who, outcome]).toEqual([deleteLevel, who, allowed.includes(who) ? "ok" : "package_deletion_protected"]);
          expect((await opened.textOf("f")) === null).toBe(allowed.includes(who));
        }
      }
    });

  it("lets push what only deleting is protected of, by whoever may push", async () => {
    await protect("*", { deleteLevel: 60 });
    expect((await whoMay((actor) => publishAs(actor), "")).length).toBe(7);
  });

  it("leaves other packages alone", async () => {
    await protect("p", { deleteLevel: 60 });
    await publishAs(actors.developer, { packageName: "pp" });
    const grant = await opened.registry.openNamespace(actors.maintainer, "group/app", "delete");
    expect(await codeOf(opened.registry.deletePackage(grant, { packageName: "pp", match: "exact" }))).toBe("ok");
  });

  it("tells nothing of what is not there", async () => {
    await protect("*", { deleteLevel: 60 });
    const grant = await opened.registry.openNamespace(actors.maintainer, "group/app", "delete");
    expect(await codeOf(opened.registry.deleteVersion(grant, { ...name, match: "exact" }))).toBe("version_not_found");
    expect(await codeOf(opened.registry.deletePackage(grant, { packageName: "p", match: "exact" }))).toBe("package_not_found");
    expect(await codeOf(opened.registry.deleteVersionById(grant, 9_999, null))).toBe("version_not_found");
  });
});
