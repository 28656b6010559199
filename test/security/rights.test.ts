import { describe, expect, test } from "bun:test";
import type { Actor, Credential } from "../../src/core/actor.ts";
import { accessLevels, registryAccesses, visibilities, type User } from "../../src/core/domain.ts";
import { capabilities, decide, isVisibleTo, levelOf, type Capability, type NamespaceStanding } from "../../src/core/permissions.ts";
import { isKnownScope, isWithin, type ScopeArea } from "../../src/core/scopes.ts";

/**
 * Where the decision is about: the namespace 3, in 2, in 1. Elsewhere, 9 has nothing to do with it.
 */
const path = [3, 2, 1] as const;
const placesInside = [3, 2, 1] as const;
const placesOutside = [9, 4] as const;

/** Who reads packages without any level: an anonymous caller, a signed-in stranger, a restricted one. */
const openDoors = `
  visibility registryAccess   anonymous  stranger  restricted
  public     disabled         no         no        no
  public     private          no         no        no
  public     enabled          yes        yes       yes
  public     public           yes        yes       yes
  internal   disabled         no         no        no
  internal   private          no         no        no
  internal   enabled          no         yes       no
  internal   public           yes        yes       yes
  private    disabled         no         no        no
  private    private          no         no        no
  private    enabled          no         no        no
  private    public           yes        yes       yes
`;

/** What each level holds: r(ead), p(ublish), d(elete), c(onfigure), a(dminister), - for nothing. */
const levelTable = `
  0   10  15  20  30  40    50
  -   r   r   r   rp  rpdc  rpdca
`;

/** Which accounts there are: what tells them apart, whose open doors they use, and whether their level counts. */
const accountTable = `
  account        opens       level
  plain          stranger    own
  bot            stranger    own
  restricted     restricted  own
  restricted-bot restricted  own
  admin          stranger    everything
  admin-limited  restricted  everything
  inactive       nothing     nothing
  barred         nothing     nothing
  inactive-admin nothing     nothing
  barred-admin   nothing     nothing
`;

const accountFields: Readonly<Record<string, Partial<User>>> = {
  plain: {},
  bot: { botOfNamespaceId: 3 },
  restricted: { isRestricted: true },
  "restricted-bot": { isRestricted: true, botOfNamespaceId: 9 },
  admin: { isAdmin: true },
  "admin-limited": { isAdmin: true, isRestricted: true },
  inactive: { isActive: false },
  barred: { isLoginProhibited: true },
  "inactive-admin": { isActive: false, isAdmin: true },
  "barred-admin": { isLoginProhibited: true, isAdmin: true },
};

/**
 * How far each credential reaches in each area: - nowhere, r to read, w to read and change. A job token is `job@` with the
 * namespace it is bound to.
 */
const credentialTable = `
  credential                             activitypub admin issue misc notification organization package repository user project release
  password                               w           w     w     w    w            w            w       w          w    w       w
  operator                               w           w     w     w    w            w            w       w          w    w       w
  job@3                                  -           -     -     -    -            -            w       -          -    r       w
  job@2                                  -           -     -     -    -            -            w       -          -    r       w
  job@1                                  -           -     -     -    -            -            w       -          -    r       w
  job@9                                  -           -     -     -    -            -            w       -          -    r       w
  foreign-job@3                          -           -     -     -    -            -            w       -          -    r       w
  foreign-job@4                          -           -     -     -    -            -            w       -          -    r       w
  all                                    w           w     w     w    w            w            w       w          w    w       w
  write:package                          -           -     -     -    -            -            w       -          -    -       -
  read:package                           -           -     -     -    -            -            r       -          -    -       -
  read:package,write:package             -           -     -     -    -            -            w       -          -    -       -
  all,public-only                        w           w     w     w    w            w            w       w          w    w       w
  public-only,write:package              -           -     -     -    -            -            w       -          -    -       -
  read:package,public-only               -           -     -     -    -            -            r       -          -    -       -
  public-only                            -           -     -     -    -            -            -       -          -    -       -
  (none)                                 -           -     -     -    -            -            -       -          -    -       -
  write:user,write:organization          -           -     -     -    -            w            -       -          w    -       -
  write:repository,read:issue            -           -     r     -    -            -            -       w          -    w       w
  read:repository                        -           -     -     -    -            -            -       r          -    r       r
  write:admin,write:misc                 -           w     -     w    -            -            -       -          -    -       -
  write:activitypub,read:notification    w           -     -     -    r            -            -       -          -    -       -
  api                                    w           w     w     w    w            w            w       w          w    w       w
  read_api                               r           r     r     r    r            r            r       r          r    r       r
  read_user                              -           -     -     -    -            -            -       -          r    -       -
  read_package_registry                  -           -     -     -    -            -            r       -          -    -       -
  write_package_registry                 -           -     -     -    -            -            w       -          -    -       -
  read_api,write_package_registry        r           r     r     r    r            r            w       r          r    r       r
  read_repository,write_repository       -           -     -     -    -            -            -       -          -    -       -
  read_registry,write_registry           -           -     -     -    -            -            -       -          -    -       -
  sudo,admin_mode,self_rotate            -           -     -     -    -            -            -       -          -    -       -
  create_runner,ai_features,k8s_proxy    -           -     -     -    -            -            -       -          -    -       -
  read:packages                          -           -     -     -    -            -            -       -          -    -       -
  WRITE:PACKAGE                          -           -     -     -    -            -            -       -          -    -       -
  ALL,API                                -           -     -     -    -            -            -       -          -    -       -
  write:project,write:release            -           -     -     -    -            -            -       -          -    -       -
  admin:package                          -           -     -     -    -            -            -       -          -    -       -
`;

/** What a deploy token's scopes hold within its namespace; nothing but packages, whatever they are. */
const deployTable = `
  scopes                                         rights
  read_package_registry                          r
  write_package_registry                         rp
  read_package_registry,write_package_registry   rp
  read_repository,read_registry                  -
  write_registry                                 -
  (none)                                         -
`;

/** Who may know that a namespace exists, where its packages are not open to all. */
const sightTable = `
  who                public  internal  private
  anonymous          yes     no        no
  nameless           no      no        no
  stranger           yes     yes       no
  restricted         yes     no        no
  member             yes     yes       yes
  administrator      yes     yes       yes
  shut-out           yes     no        no
  deploy-inside      yes     yes       yes
  deploy-outside     yes     no        no
`;

const letters: Readonly<Record<Capability, string>> = { read: "r", publish: "p", delete: "d", configure: "c", administer: "a" };

function table(text: string): string[][] {
  return text.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
}

function headOf(text: string): string[] {
  return text.trim().split("\n")[0]?.trim().split(/\s+/) ?? [];
}

function listOf(scopes: string): string[] {
  return scopes === "(none)" ? [] : scopes.split(",");
}

const credentialRows = table(credentialTable);
const areas = headOf(credentialTable).slice(1) as ScopeArea[];
const [levelRow = []] = table(levelTable);
const doors = new Map(table(openDoors).map(([visibility, access, ...who]) => [`${visibility} ${access}`, who]));
const doorColumns = headOf(openDoors).slice(2);
const sights = new Map(table(sightTable).map(([who = "", ...seen]) => [who, seen]));

function credentialOf(name: string): Credential {
  if (name === "password" || name === "operator") return { kind: name };
  const [kind, place] = name.split("@");
  if (place === undefined) return { kind: "token", tokenId: 1, scopes: listOf(name) };
  return { kind: "job", tokenId: kind === "job" ? 5 : null, namespaceId: Number(place), expiresAtMs: 1_000 };
}

function accountActor(account: string, credential: string): Actor {
  const user: User = {
    id: 7, name: "u", fullName: "", email: "u@example.com", visibility: "public", passwordHash: "!", createdAtMs: 0,
    isAdmin: false, isActive: true, isRestricted: false, isLoginProhibited: false, botOfNamespaceId: null,
    ...accountFields[account],
  };
  return { kind: "user", user, credential: credentialOf(credential) };
}

function deployActor(scopes: string, namespaceId: number): Actor {
  return { kind: "deploy_token", token: { id: 1, namespaceId, name: "t", username: "t", scopes: listOf(scopes), createdAtMs: 0, expiresAtMs: null } };
}

/** Everybody who may ask, with what the tables say of them. */
interface Asker {
  readonly label: string;
  readonly actor: Actor;
  readonly kind: "anonymous" | "account" | "deploy";
  readonly account: readonly string[];
  readonly credential: readonly string[];
  readonly rights: string;
  /** A job or deploy token where it is bound to, or a credential that is bound to nothing. */
  readonly isInside: boolean;
}

const nobody = { account: [], credential: [], rights: "", isInside: true } as const;
const askers: readonly Asker[] = [
  { ...nobody, label: "anonymous", actor: { kind: "anonymous" }, kind: "anonymous" },
  ...table(accountTable).flatMap((account) =>
    credentialRows.map((credential): Asker => {
      const [place] = (credential[0] ?? "").split("@").slice(1).map(Number);
      const label = `${account[0]} by ${credential[0]}`;
      const isInside = place === undefined || placesInside.some((one) => one === place);
      return { ...nobody, label, actor: accountActor(account[0] ?? "", credential[0] ?? ""), kind: "account", account, credential, isInside };
    }),
  ),
  ...table(deployTable).flatMap(([scopes = "", rights = ""]) =>
    [...placesInside, ...placesOutside].map((place): Asker => {
      const isInside = placesInside.some((one) => one === place);
      return { ...nobody, label: `deploy token of ${place}: ${scopes}`, actor: deployActor(scopes, place), kind: "deploy", rights, isInside };
    }),
  ),
];

interface Case {
  readonly standing: NamespaceStanding;
  readonly capability: Capability;
  readonly area: ScopeArea;
  readonly requireSignIn: boolean;
}

function isOpen(who: string, { standing, area }: Case): boolean {
  const access = area === "package" ? standing.registryAccess : "enabled";
  return doors.get(`${standing.visibility} ${access}`)?.[doorColumns.indexOf(who)] === "yes";
}

/** What the tables say: yes, or why not. Nothing in here asks the code under test. */
function expected(asker: Asker, one: Case): string {
  const { standing, capability, area, requireSignIn } = one;
  const letter = letters[capability];
  const yesIf = (isAllowed: boolean): string => (isAllowed ? "yes" : "rights_missing");
  if (area === "package" && standing.registryAccess === "disabled") return "rights_missing";
  if (asker.kind === "anonymous") return yesIf(letter === "r" && !requireSignIn && isOpen("anonymous", one));
  if (asker.kind === "deploy") {
    if (area !== "package") return "rights_missing";
    return yesIf((letter === "r" && isOpen("anonymous", one)) || (asker.isInside && asker.rights.includes(letter)));
  }
  const [, opens = "", level] = asker.account;
  if (opens === "nothing") return "rights_missing";
  const name = asker.credential[0] ?? "";
  const reach = asker.credential[1 + areas.indexOf(area)];
  if (reach !== "w" && !(reach === "r" && letter === "r")) return "scope_missing";
  if (name.includes("public-only") && standing.visibility !== "public") return "public_only";
  const isJob = name.includes("job@");
  if (level === "everything" && !isJob) return "yes";
  const held = asker.isInside ? (levelRow[accessLevels.indexOf(standing.level)] ?? "") : "";
  return yesIf(held.includes(letter) || (letter === "r" && isOpen(opens, one)));
}

/** Whether the tables let an asker know of the namespace. */
function isSeen(asker: Asker, { standing, requireSignIn }: Omit<Case, "capability" | "area">): boolean {
  const isAnonymous = asker.kind === "anonymous";
  if (standing.registryAccess === "public" && !(isAnonymous && requireSignIn)) return true;
  const [, opens = "", level] = asker.account;
  const isJob = asker.credential[0]?.includes("job@") === true;
  const whoOfAccount = (): string => {
    if (opens === "nothing") return "shut-out";
    if (level === "everything" && !isJob) return "administrator";
    return asker.isInside && standing.level > 0 ? "member" : opens;
  };
  const who = isAnonymous ? (requireSignIn ? "nameless" : "anonymous") : asker.kind === "deploy" ? `deploy-${asker.isInside ? "inside" : "outside"}` : whoOfAccount();
  return sights.get(who)?.[visibilities.indexOf(standing.visibility)] === "yes";
}

const standings: readonly NamespaceStanding[] = visibilities.flatMap((visibility) =>
  registryAccesses.flatMap((registryAccess) => accessLevels.map((level) => ({ visibility, registryAccess, level, path }))),
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
    expect(count).toBe((1 + 10 * 37 + 6 * 5) * (3 * 4 * 7) * 5 * 11 * 2);
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
      repository: true, user: true, project: true, release: true,
    };
    expect(areas).toEqual(Object.keys(known) as ScopeArea[]);
  });
});

describe("isVisibleTo", () => {
  test("says what the table says, for every asker, standing and setting", () => {
    const wrong: unknown[] = [];
    for (const asker of askers)
      for (const standing of standings)
        for (const requireSignIn of [false, true]) {
          const found = isVisibleTo(asker.actor, standing, { requireSignIn });
          const wanted = isSeen(asker, { standing, requireSignIn });
          if (found !== wanted && wrong.length < shown) wrong.push({ asker: asker.label, ...standing, requireSignIn, found, wanted });
        }
    expect(wrong).toEqual([]);
  });

  test("hides nothing from whoever may read it", () => {
    for (const asker of askers)
      for (const standing of standings)
        for (const area of areas)
          for (const requireSignIn of [false, true])
            if (decide(asker.actor, standing, "read", { requireSignIn, area }).allowed)
              expect([asker.label, standing, area, isVisibleTo(asker.actor, standing, { requireSignIn })]).toEqual([asker.label, standing, area, true]);
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
  const categories = areas.filter((area) => area !== "project" && area !== "release");

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
