import { beforeEach, describe, expect, it } from "bun:test";
import type { Actor } from "../../src/core/actor.ts";
import type { User } from "../../src/core/domain.ts";
import { codeOf, contentOf, fileOf, openRegistry, type OpenedRegistry } from "./open-registry.ts";

let opened: OpenedRegistry;
let alice: User;
beforeEach(async () => {
  opened = await openRegistry();
  alice = await opened.addMember("alice", 30);
});

/** What becomes of an upload that somebody begins and during which something happens. */
async function uploadDuring(actor: Actor, happens: () => Promise<unknown>, placed = 0): Promise<string> {
  const grant = await opened.registry.openNamespace(actor, "group/app", "publish");
  const outcome = await codeOf(opened.registry.publishFile(grant, fileOf("", { content: contentOf("content", happens) })));
  expect(await opened.stored()).toEqual([outcome === "ok" ? placed + 1 : placed, 0]);
  if (outcome !== "ok" && placed === 0) expect(await opened.metadata.packages.findPackage(opened.app.id, "p", "exact")).toBeNull();
  return outcome;
}

const password = async (): Promise<Actor> => opened.actorOf(alice);
const token = (): Promise<Actor> => opened.tokenActor(alice, ["api"], opened.clock.nowMs() + 1_000);
const job = (): Promise<Actor> => opened.jobActor(alice, opened.group.id);
const deploy = (): Promise<Actor> => opened.deployActor(opened.group.id, ["write_package_registry"], opened.clock.nowMs() + 1_000);
const everybody = { password, token, job, deploy } as const;

const idOf = (actor: Actor): number => {
  if (actor.kind === "deploy_token") return actor.token.id;
  return actor.kind === "user" && "tokenId" in actor.credential ? (actor.credential.tokenId ?? 0) : 0;
};

describe("an upload during which nothing happens", () => {
  for (const [who, open] of Object.entries(everybody))
    it(`succeeds: by ${who}`, async () => {
      expect(await uploadDuring(await open(), async () => undefined)).toBe("ok");
      expect(await opened.textOf("f")).toBe("content");
    });
});

describe("an upload during which the credential ends", () => {
  it("is refused when the token is revoked or forgotten", async () => {
    for (const end of [(id: number) => opened.metadata.accessTokens.revoke(id, opened.clock.nowMs()), (id: number) => opened.metadata.tokens.delete(alice.id, { id })]) {
      const actor = await token();
      expect(await uploadDuring(actor, () => end(idOf(actor)))).toBe("rights_missing");
      await opened.metadata.tokens.delete(alice.id, { id: idOf(actor) });
    }
  });

  it("is refused when the deploy token or the job token is deleted", async () => {
    const ofGroup = await deploy();
    expect(await uploadDuring(ofGroup, () => opened.metadata.deployTokens.delete(opened.group.id, idOf(ofGroup)))).toBe("rights_missing");
    const ofJob = await job();
    expect(await uploadDuring(ofJob, () => opened.metadata.jobTokens.delete(idOf(ofJob)))).toBe("rights_missing");
  });

  for (const [who, open, lifeMs] of [["token", token, 1_000], ["deploy", deploy, 1_000], ["job", job, 60_000]] as const)
    it(`is refused from the moment it expires: ${who}`, async () => {
      const actor = await open();
      expect(await uploadDuring(actor, async () => opened.passMs(lifeMs - 1))).toBe("ok");
      expect(await uploadDuring(actor, async () => opened.passMs(1), 1)).toBe("rights_missing");
    });

  it("is refused when the password changes, and when another server's word for a job has run out", async () => {
    expect(await uploadDuring(await password(), () => opened.metadata.accounts.update(alice.id, { passwordHash: "another" }))).toBe("rights_missing");
    const expiresAtMs = opened.clock.nowMs() + 10;
    const foreign = opened.actorOf(alice, { kind: "job", tokenId: null, namespaceId: opened.app.id, expiresAtMs });
    expect(await uploadDuring(foreign, async () => opened.passMs(9))).toBe("ok");
    expect(await uploadDuring(foreign, async () => opened.passMs(1), 1)).toBe("rights_missing");
    for (const [isVouched, outcome] of [[true, "ok"], [false, "rights_missing"]] as const) {
      const asked = opened.actorOf(alice, {
        kind: "job", tokenId: null, namespaceId: opened.app.id, expiresAtMs: opened.clock.nowMs() + 10, isStillVouchedFor: async () => isVouched,
      });
      expect(await uploadDuring(asked, async () => opened.passMs(10), isVouched ? 0 : 1)).toBe(outcome);
    }
  });
});

describe("an upload during which the rights end", () => {
  const ends: Readonly<Record<string, () => Promise<unknown>>> = {
    "the membership is taken away": () => opened.metadata.namespaces.setGrant({ namespaceId: opened.app.id, userId: alice.id, level: 0 }),
    "the level is lowered": () => opened.metadata.namespaces.setGrant({ namespaceId: opened.app.id, userId: alice.id, level: 20 }),
    "the account is deactivated": () => opened.metadata.accounts.update(alice.id, { isActive: false }),
    "the account may not sign in any more": () => opened.metadata.accounts.update(alice.id, { isLoginProhibited: true }),
    "the account is deleted": () => opened.metadata.accounts.delete(alice.id),
  };
  for (const [what, end] of Object.entries(ends))
    for (const who of ["password", "token", "job"] as const)
      it(`is refused when ${what}: by ${who}`, async () => {
        expect(await uploadDuring(await everybody[who](), end)).toBe("rights_missing");
      });

  it("is refused when an administrator becomes an ordinary user", async () => {
    const boss = await opened.addMember("boss", 0);
    await opened.metadata.accounts.update(boss.id, { isAdmin: true });
    const promoted = await opened.signedIn("boss");
    expect(await uploadDuring(promoted, () => opened.metadata.accounts.update(boss.id, { isAdmin: false }))).toBe("rights_missing");
  });
});

describe("an upload during which the namespace changes", () => {
  for (const [who, open] of Object.entries(everybody)) {
    it(`is refused when the project is deleted: by ${who}`, async () => {
      expect(await uploadDuring(await open(), () => opened.metadata.tree.deleteProject(opened.app.id, opened.clock.nowMs()))).toBe("namespace_not_found");
    });

    it(`is refused when packages are switched off, for it or above it: by ${who}`, async () => {
      const actor = await open();
      for (const id of [opened.app.id, opened.group.id]) {
        expect(await uploadDuring(actor, () => opened.metadata.namespaces.update(id, { settings: { registryAccess: "disabled" } }))).toBe("rights_missing");
        await opened.metadata.namespaces.update(id, { forgottenSettings: ["registryAccess"] });
      }
    });

    it(`is refused when the package becomes protected: by ${who}`, async () => {
      const rule = { namespaceId: opened.app.id, packageNamePattern: "p", pushLevel: 40, deleteLevel: null, nowMs: 0 } as const;
      expect(await uploadDuring(await open(), () => opened.metadata.protection.create(rule, 5))).toBe("package_protected");
    });

    it(`is refused when only other versions are taken: by ${who}`, async () => {
      const actor = await open();
      const grant = await opened.registry.openNamespace(actor, "group/app", "publish");
      const content = contentOf("content", () => opened.metadata.namespaces.update(opened.group.id, { settings: { versions: "x.y.z" } }));
      expect(await codeOf(opened.registry.publishFile(grant, fileOf("", { version: "1.0", content })))).toBe("name_invalid");
      expect(await opened.stored()).toEqual([0, 0]);
    });

    it(`is refused when duplicates are: by ${who}`, async () => {
      const actor = await open();
      expect(await uploadDuring(actor, async () => undefined)).toBe("ok");
      expect(await uploadDuring(actor, () => opened.metadata.namespaces.update(opened.group.id, { settings: { duplicates: "reject" } }), 1)).toBe("file_exists");
      await opened.metadata.namespaces.update(opened.group.id, { settings: { duplicateException: "p" } });
      expect(await uploadDuring(actor, () => opened.metadata.namespaces.update(opened.group.id, { settings: { duplicateException: "q" } }), 1)).toBe("file_exists");
    });

    it(`is refused when somebody reserves its version: by ${who}`, async () => {
      const reserve = () =>
        opened.metadata.reservations.reserve({
          namespaceId: opened.app.id, packageName: "p", bump: "major", first: "1.0.0", preid: null, holder: { kind: "user", id: 9_999 },
          secretSha256: "0".repeat(64), nowMs: opened.clock.nowMs(), expiresAtMs: opened.clock.nowMs() + 100_000,
        }, 10);
      expect(await uploadDuring(await open(), reserve)).toBe("version_reserved");
    });
  }

  it("goes where the project is called something else by then", async () => {
    expect(await uploadDuring(await token(), () => opened.metadata.tree.rename(opened.group.id, "renamed"))).toBe("ok");
    expect((await opened.metadata.namespaces.find("renamed/app"))?.id).toBe(opened.app.id);
    expect(await opened.textOf("f")).toBe("content");
  });

  it("is not written into a project that took the place of the one it began in", async () => {
    const outcome = await uploadDuring(await token(), async () => {
      await opened.metadata.tree.deleteProject(opened.app.id, opened.clock.nowMs());
      const wanted = { kind: "project", parentId: opened.group.id, name: "app", id: null, visibility: "public", fullName: "", description: "", ownerId: alice.id, nowMs: 0 } as const;
      expect((await opened.metadata.tree.create(wanted)).outcome).toBe("created");
    });
    expect(outcome).toBe("namespace_not_found");
  });
});
