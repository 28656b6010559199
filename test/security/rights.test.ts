import { describe, expect, test } from "bun:test";
import { accessLevels, registryAccesses, visibilities } from "../../src/core/domain.ts";
import { capabilities, decide, isVisibleTo, levelOf, type Capability, type NamespaceStanding } from "../../src/core/permissions.ts";
import { isKnownScope, isWithin, type ScopeArea } from "../../src/core/scopes.ts";
import { accountActor, askers, deployActor, expected, isSeen } from "./rights-askers.ts";
import {
  accountFields, accountTable, areas, credentialRows, doors, headOf, levelRow, levelTable, listOf, path, sights, sightTable, table,
} from "./rights-tables.ts";

const standings: readonly NamespaceStanding[] = visibilities.flatMap((visibility) =>
  registryAccesses.flatMap((registryAccess) =>
    accessLevels.flatMap((level) => [false, true].map((isMemberBelow) => ({ visibility, registryAccess, level, path, isMemberBelow }))),
  ),
);
/** As many as a failure needs to be understood. */
const shown = 20;

describe("decide", () => {
  test("says what the tables say, for every asker, standing, capability, area and setting", () => {
    const wrong: unknown[] = [];
    let count = 0;
    for (const asker of askers)
      for (const standing of standings)
        for (const capability of capabilities)
          for (const area of areas)
            for (const requireSignIn of [false, true]) {
              const decision = decide(asker.actor, standing, capability, { requireSignIn, area });
              const found = decision.allowed ? "yes" : decision.reason;
              const wanted = expected(asker, { standing, capability, area, requireSignIn });
              count += 1;
              if (found !== wanted && wrong.length < shown) wrong.push({ asker: asker.label, ...standing, capability, area, requireSignIn, found, wanted });
            }
    expect(wrong).toEqual([]);
    expect(count).toBe((1 + 10 * 37 + 6 * 5) * (3 * 4 * 7 * 2) * 5 * 12 * 2);
  }, 60_000);

  test("decides on packages where no area is named", () => {
    for (const asker of askers)
      for (const standing of standings)
        for (const capability of capabilities) {
          const settings = { requireSignIn: false } as const;
          expect(decide(asker.actor, standing, capability, settings)).toEqual(decide(asker.actor, standing, capability, { ...settings, area: "package" }));
        }
  });

  test("never gives more for a job token than for its user's password, nor an administrator's rights", () => {
    for (const standing of standings)
      for (const capability of capabilities)
        for (const area of areas)
          for (const account of Object.keys(accountFields)) {
            const by = (name: string, credential: string) =>
              decide(accountActor(name, credential), standing, capability, { requireSignIn: false, area }).allowed;
            for (const job of ["job@3", "job@9"]) {
              if (by(account, job)) expect([account, standing, capability, area, by(account, "password")]).toEqual([account, standing, capability, area, true]);
              if (account === "admin") expect(by(account, job)).toBe(by("plain", job));
            }
          }
  });

  test("has every visibility, access, level, account and area in the tables", () => {
    expect([...doors.keys()].toSorted()).toEqual(visibilities.flatMap((visibility) => registryAccesses.map((access) => `${visibility} ${access}`)).toSorted());
    expect(headOf(levelTable).map(Number)).toEqual([...accessLevels]);
    expect(levelRow).toHaveLength(accessLevels.length);
    expect(table(accountTable).map(([account]) => account)).toEqual(Object.keys(accountFields));
    expect(headOf(sightTable).slice(1)).toEqual([...visibilities]);
    for (const row of credentialRows) expect(row).toHaveLength(1 + areas.length);
    for (const row of [...doors.values(), ...sights.values()]) expect(row.every((word) => word === "yes" || word === "no")).toBe(true);
    // That the list of areas is the whole one is for the compiler to say.
    const known: Readonly<Record<ScopeArea, true>> = {
      activitypub: true, admin: true, issue: true, misc: true, notification: true, organization: true, package: true,
      repository: true, user: true, project: true, release: true, group: true,
    };
    expect(areas).toEqual(Object.keys(known) as ScopeArea[]);
  });
});

describe("isVisibleTo", () => {
  test("says what the table says, for every asker, standing, area and setting", () => {
    const wrong: unknown[] = [];
    for (const asker of askers)
      for (const standing of standings)
        for (const area of areas)
          for (const requireSignIn of [false, true]) {
            const found = isVisibleTo(asker.actor, standing, { requireSignIn, area });
            const wanted = isSeen(asker, { standing, area, requireSignIn });
            if (found !== wanted && wrong.length < shown) wrong.push({ asker: asker.label, ...standing, area, requireSignIn, found, wanted });
          }
    expect(wrong).toEqual([]);
  });

  test("hides nothing from whoever may read it", () => {
    for (const asker of askers)
      for (const standing of standings)
        for (const area of areas)
          for (const requireSignIn of [false, true])
            if (decide(asker.actor, standing, "read", { requireSignIn, area }).allowed)
              expect([asker.label, standing, area, isVisibleTo(asker.actor, standing, { requireSignIn, area })]).toEqual([asker.label, standing, area, true]);
  });
});

describe("levelOf", () => {
  test("is the standing's for accounts, the user's only inside for job tokens, and none for everybody else", () => {
    for (const level of accessLevels) {
      const standing = { level, path };
      for (const credential of ["password", "operator", "api", "read:package", "job@3", "job@2", "job@1", "foreign-job@3"])
        expect([credential, levelOf(accountActor("plain", credential), standing)]).toEqual([credential, level]);
      for (const credential of ["job@9", "foreign-job@4"]) expect(levelOf(accountActor("admin", credential), standing)).toBe(0);
      expect(levelOf(accountActor("plain", "job@3"), { level, path: [] })).toBe(0);
      for (const actor of [{ kind: "anonymous" } as const, deployActor("write_package_registry", 3)]) expect(levelOf(actor, standing)).toBe(0);
    }
  });
});

describe("scopes", () => {
  const categories = areas.filter((area) => area !== "project" && area !== "release" && area !== "group");

  test("reach their own area only", () => {
    const standing = { visibility: "public", level: 50, path, registryAccess: "enabled" } as const;
    const reached = (scope: string, capability: Capability): string[] =>
      categories.filter((area) => decide(accountActor("plain", scope), standing, capability, { requireSignIn: false, area }).allowed);
    for (const area of categories) {
      expect([area, reached(`read:${area}`, "read"), reached(`read:${area}`, "publish")]).toEqual([area, [area], []]);
      for (const capability of capabilities) expect([area, reached(`write:${area}`, capability)]).toEqual([area, [area]]);
    }
    for (const capability of capabilities) for (const scope of ["all", "api"]) expect(reached(scope, capability)).toEqual([...categories]);
    for (const area of categories) expect(reached(`delete:${area}`, "read")).toEqual([]);
  });

  test("are known in the words of one dialect each", () => {
    const known: readonly (readonly [scope: string, gitea: boolean, gitlab: boolean, deploy: boolean])[] = [
      ["all", true, false, false],
      ["public-only", true, false, false],
      ["read:package", true, false, false],
      ["write:admin", true, false, false],
      ["api", false, true, false],
      ["read_api", false, true, false],
      ["read_user", false, true, false],
      ["sudo", false, true, false],
      ["read_repository", false, true, true],
      ["read_package_registry", false, true, true],
      ["write_package_registry", false, true, true],
      ["write_registry", false, true, true],
    ];
    for (const [scope, ...wanted] of known)
      expect([scope, ...(["gitea", "gitlab", "deploy"] as const).map((words) => isKnownScope(scope, words))]).toEqual([scope, ...wanted]);
    for (const scope of ["", "delete:package", "ALL", "API", " all", "all,", "api ", "read:", "read:packages", "read:project", "write_api", "__proto__", "constructor"])
      for (const words of ["gitea", "gitlab", "deploy"] as const) expect([scope, isKnownScope(scope, words)]).toEqual([scope, false]);
  });

  test("hold others only where they reach as far in every area", () => {
    const pairs: readonly (readonly [wanted: string, held: string, isHeld: boolean])[] = [
      ["read:package", "write:package", true],
      ["write:package", "read:package", false],
      ["read_api", "api", true],
      ["api", "read_api", false],
      ["api", "all", true],
      ["all", "api", true],
      ["write_package_registry", "write:package", true],
      ["read_user", "read_package_registry", false],
      ["read_api,write_package_registry", "write_package_registry", false],
      ["all", "all,public-only", false],
      ["all,public-only", "all,public-only", true],
      ["read:package,public-only", "api", true],
      ["(none)", "(none)", true],
      ["read:user", "(none)", false],
    ];
    for (const [wanted, held, isHeld] of pairs) expect([wanted, held, isWithin(listOf(wanted), listOf(held))]).toEqual([wanted, held, isHeld]);
  });
});
