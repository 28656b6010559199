import { describe, expect, it } from "bun:test";
import type { ReservationCommand } from "../../../src/core/ports/reservation-store.ts";
import { addGroup, publish, sha256Of, tryPublish, type CurrentStore, type GivenFile } from "./records.ts";

const alice = { kind: "user", id: 71 } as const;
const robot = { kind: "deploy_token", id: 71 } as const;

/** ReservationStore: version numbers that are promised, and what a promise holds off. */
export function reservationContract(store: CurrentStore): void {
  let secrets = 0;
  const commandOf = (namespaceId: number, given: Partial<ReservationCommand> = {}): ReservationCommand => {
    secrets += 1;
    return {
      namespaceId, packageName: "package", bump: "patch", first: null, preid: null, holder: alice,
      secretSha256: sha256Of(`reservation ${secrets}`), nowMs: 1_000, expiresAtMs: 10_000, ...given,
    };
  };
  const reserve = async (namespaceId: number, given: Partial<ReservationCommand> = {}, limit = 1_000): Promise<string> => {
    const result = await store().reservations.reserve(commandOf(namespaceId, given), limit);
    return result.outcome === "reserved" ? result.version : result.outcome;
  };
  const outcomeOf = async (namespaceId: number, file: GivenFile) => (await tryPublish(store(), namespaceId, file)).outcome;

  describe("choosing a number", () => {
    it("begins where nothing is, and goes on above every version and every promise", async () => {
      const { id } = await addGroup(store(), "tools");
      expect(await reserve(id)).toBe("0.1.0");
      expect(await reserve(id)).toBe("0.1.1");
      expect(await reserve(id, { bump: "minor" })).toBe("0.2.0");
      await publish(store(), id, { version: "1.4.9" });
      await publish(store(), id, { version: "1.10.0-rc.1" });
      for (const version of ["latest", "2024-06-01", "9", "1.2", ""]) await publish(store(), id, { version });
      expect(await reserve(id)).toBe("1.10.0");
      expect(await reserve(id, { bump: "prerelease", preid: "beta" })).toBe("1.10.1-beta.0");
      expect(await reserve(id, { bump: "prerelease", preid: "beta" })).toBe("1.10.1-beta.1");
      expect(await reserve(id, { bump: "major" })).toBe("2.0.0");
      expect(await reserve(id, { packageName: "other", first: "7.0.0" })).toBe("7.0.0");
      expect(await reserve(id, { packageName: "other", first: "7.0.0" })).toBe("7.0.1");
      expect(await reserve((await addGroup(store(), "second")).id)).toBe("0.1.0");
    });

    it("never gives a number again: of versions that are gone, and of promises that have expired", async () => {
      const { id } = await addGroup(store(), "tools");
      const { file } = await publish(store(), id, { version: "3.0.0" });
      const packageId = (await store().packages.findPackage(id, "package", "exact"))?.id ?? 0;
      await store().publishing.deleteVersion({ namespaceId: id, versionId: file.versionId, nowMs: 2_000 });
      expect(await reserve(id, { nowMs: 3_000, expiresAtMs: 3_001 })).toBe("3.0.1");
      await store().publishing.deletePackage({ namespaceId: id, packageId, nowMs: 4_000 });
      await store().publishing.removeEmptyPackages(9_000);
      expect(await reserve(id, { nowMs: 5_000 })).toBe("3.0.2");
      const revision = await publish(store(), id, { version: "5.0.0" });
      await store().publishing.deleteRevision({ namespaceId: id, versionId: revision.file.versionId, fileId: revision.file.id, nowMs: 6_000 });
      const last = await publish(store(), id, { version: "6.0.0" });
      await store().publishing.deleteFile({ versionId: last.file.versionId, path: last.file.path, nowMs: 6_000 });
      expect(await reserve(id)).toBe("6.0.1");
    });

    it("gives many at once a number each", async () => {
      const { id } = await addGroup(store(), "tools");
      const numbers = await Promise.all(Array.from({ length: 30 }, () => reserve(id, { bump: "major", first: "1.0.0" })));
      expect(new Set(numbers)).toEqual(new Set(Array.from({ length: 30 }, (_, index) => `${index + 1}.0.0`)));
    });

    it("tells when there is none left, and when the namespace is gone", async () => {
      const { id } = await addGroup(store(), "tools");
      await publish(store(), id, { version: `${Number.MAX_SAFE_INTEGER}.0.0` });
      expect(await reserve(id, { bump: "major" })).toBe("exhausted");
      expect(await reserve(id, { bump: "minor" })).toBe(`${Number.MAX_SAFE_INTEGER}.1.0`);
      expect(await reserve(9_999)).toBe("absent");
    });
  });

  describe("a number that is promised", () => {
    it("is one of so many in force for a package at most, and forgotten after its end without being given again", async () => {
      const { id } = await addGroup(store(), "tools");
      for (const version of ["0.1.0", "0.1.1"]) expect(await reserve(id, { nowMs: 1_000, expiresAtMs: 5_000 }, 2)).toBe(version);
      expect(await reserve(id, { nowMs: 4_999 }, 2)).toBe("too_many");
      expect(await reserve(id, { nowMs: 4_999, packageName: "other" }, 2)).toBe("0.1.0");
      expect(await reserve(id, { nowMs: 5_000, expiresAtMs: 9_000 }, 2)).toBe("0.1.2");
      expect(await store().reservations.removeExpired(5_001)).toBe(2);
      expect(await store().reservations.removeExpired(5_001)).toBe(0);
      expect(await reserve(id, { nowMs: 6_000 }, 2)).toBe("0.1.3");
    });

    it("is for its holder, and for whoever shows the secret", async () => {
      const { id } = await addGroup(store(), "tools");
      const command = commandOf(id);
      expect(await store().reservations.reserve(command, 1_000)).toEqual({ outcome: "reserved", version: "0.1.0" });
      const other = { kind: "user", id: 72, name: "bob" } as const;
      const version = "0.1.0";
      expect(await tryPublish(store(), id, { version, creator: other })).toEqual({ outcome: "version_reserved" });
      expect(await tryPublish(store(), id, { version, creator: { ...robot, name: "alice" } })).toEqual({ outcome: "version_reserved" });
      expect(await tryPublish(store(), id, { version, creator: other, reservationSha256: sha256Of("wrong") })).toEqual({ outcome: "version_reserved" });
      expect(await store().packages.findPackage(id, "package", "exact")).toBeNull();
      expect(await outcomeOf(id, { version, path: "a", creator: { ...alice, name: "a" } })).toBe("published");
      expect(await outcomeOf(id, { version, path: "b", creator: other })).toBe("version_reserved");
      expect(await outcomeOf(id, { version, path: "b", creator: other, reservationSha256: command.secretSha256 })).toBe("published");
      for (const given of [{ version: "0.1.1" }, { version: "0.1.0-rc" }, { packageName: "Package", version }] as const)
        expect(await outcomeOf(id, { ...given, creator: other })).toBe("published");
    });

    it("is free again when the time is over, for publishers of any kind", async () => {
      const { id } = await addGroup(store(), "tools");
      await reserve(id, { holder: robot, expiresAtMs: 10_000 });
      const bob = { kind: "user", id: 71, name: "bob" } as const;
      expect(await outcomeOf(id, { version: "0.1.0", creator: bob, nowMs: 9_999 })).toBe("version_reserved");
      expect(await outcomeOf(id, { version: "0.1.0", creator: { ...robot, name: "robot" }, nowMs: 9_999 })).toBe("published");
      expect(await outcomeOf(id, { version: "0.1.0", path: "b", creator: bob, nowMs: 10_000 })).toBe("published");
      expect(await reserve(id, { nowMs: 11_000 })).toBe("0.1.1");
    });

    it("is not taken by what is written in another case, where names are compared without", async () => {
      const { id } = await addGroup(store(), "tools");
      await publish(store(), id, { packageName: "Tool", version: "1.0.0", nowMs: 500 });
      expect(await reserve(id, { packageName: "Tool", bump: "prerelease", preid: "RC" })).toBe("1.0.1-RC.0");
      const creator = { kind: "user", id: 72, name: "bob" } as const;
      expect(await outcomeOf(id, { packageName: "TOOL", version: "1.0.1-RC.0", match: "folded", creator })).toBe("version_reserved");
      expect(await outcomeOf(id, { packageName: "tool", version: "1.0.1-rc.0", match: "folded", creator })).toBe("version_reserved");
      expect(await reserve(id, { packageName: "New" })).toBe("0.1.0");
      expect(await outcomeOf(id, { packageName: "nEW", version: "0.1.0", match: "folded", creator })).toBe("version_reserved");
      expect(await outcomeOf(id, { packageName: "nEW", version: "0.1.0", creator })).toBe("published");
    });

    it("keeps nobody from a file that is there with the same bytes", async () => {
      const { id } = await addGroup(store(), "tools");
      await reserve(id);
      await publish(store(), id, { version: "0.1.0", creator: { ...alice, name: "a" } });
      const creator = { kind: "user", id: 72, name: "bob" } as const;
      expect(await outcomeOf(id, { version: "0.1.0", onDuplicate: "identical", creator })).toBe("identical");
    });
  });
}
