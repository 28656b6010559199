import { describe, expect, test } from "bun:test";
import type { Actor, Credential } from "../../src/core/actor.ts";
import { accessLevels, visibilities, type User, type Visibility } from "../../src/core/domain.ts";
import { capabilities, decide, type Capability } from "../../src/core/permissions.ts";
import { isKnownScope, scopeAreas } from "../../src/core/scopes.ts";

/**
 * What each kind of account may do at each level, by a credential without limits of its own:
 * r(ead), p(ublish), d(elete), a(dminister), - for nothing.
 */
const rightsOfAccounts = `
  account     visibility   0     10    15    20    30    40    50
  anonymous   public       r     r     r     r     r     r     r
  anonymous   internal     -     -     -     -     -     -     -
  anonymous   private      -     -     -     -     -     -     -
  plain       public       r     r     r     r     rp    rpd   rpda
  plain       internal     r     r     r     r     rp    rpd   rpda
  plain       private      -     r     r     r     rp    rpd   rpda
  restricted  public       r     r     r     r     rp    rpd   rpda
  restricted  internal     -     r     r     r     rp    rpd   rpda
  restricted  private      -     r     r     r     rp    rpd   rpda
  admin       public       rpda  rpda  rpda  rpda  rpda  rpda  rpda
  admin       internal     rpda  rpda  rpda  rpda  rpda  rpda  rpda
  admin       private      rpda  rpda  rpda  rpda  rpda  rpda  rpda
  inactive    public       -     -     -     -     -     -     -
  inactive    internal     -     -     -     -     -     -     -
  inactive    private      -     -     -     -     -     -     -
  barred      public       -     -     -     -     -     -     -
  barred      internal     -     -     -     -     -     -     -
  barred      private      -     -     -     -     -     -     -
  inactive+   public       -     -     -     -     -     -     -
  inactive+   internal     -     -     -     -     -     -     -
  inactive+   private      -     -     -     -     -     -     -
`;

/** The accounts of that table; `inactive+` is an administrator that was deactivated. */
const accounts: Readonly<Record<string, Partial<User> | null>> = {
  anonymous: null,
  plain: {},
  restricted: { isRestricted: true },
  admin: { isAdmin: true },
  inactive: { isActive: false },
  barred: { isLoginProhibited: true },
  "inactive+": { isActive: false, isAdmin: true },
};

/**
 * What a credential lets through of what its account may do, for read and for each of the three writes: yes, or why not.
 */
const reachOfCredentials = `
  credential                               read public   write public  read else    write else
  password                                 yes           yes           yes          yes
  operator                                 yes           yes           yes          yes
  all                                      yes           yes           yes          yes
  write:package                            yes           yes           yes          yes
  read:package,write:package               yes           yes           yes          yes
  read:package                             yes           scope_missing yes          scope_missing
  all,public-only                          yes           yes           public_only  public_only
  public-only,all                          yes           yes           public_only  public_only
  write:package,public-only                yes           yes           public_only  public_only
  read:package,public-only                 yes           scope_missing public_only  scope_missing
  public-only                              scope_missing scope_missing scope_missing scope_missing
  (none)                                   scope_missing scope_missing scope_missing scope_missing
  write:admin                              scope_missing scope_missing scope_missing scope_missing
  write:user,write:organization            scope_missing scope_missing scope_missing scope_missing
  write:repository,write:misc,read:issue   scope_missing scope_missing scope_missing scope_missing
  read:packages                            scope_missing scope_missing scope_missing scope_missing
  WRITE:PACKAGE                            scope_missing scope_missing scope_missing scope_missing
  ALL                                      scope_missing scope_missing scope_missing scope_missing
  write:package,                           yes           yes           yes          yes
  admin:package                            scope_missing scope_missing scope_missing scope_missing
`;

const letters: Readonly<Record<Capability, string>> = { read: "r", publish: "p", delete: "d", administer: "a" };

function table(text: string): string[][] {
  return text.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
}

function credentialOf(name: string): Credential {
  if (name === "password" || name === "operator") return { kind: name };
  return { kind: "token", tokenId: 1, scopes: name === "(none)" ? [] : name.split(",") };
}

function actorOf(account: string, credential: string): Actor {
  const changes = accounts[account];
  if (changes === undefined) throw new Error(`there is no account ${account}`);
  if (changes === null) return { kind: "anonymous" };
  const user: User = {
    id: 7, name: "u", fullName: "", email: "u@example.com", visibility: "public", passwordHash: "!", createdAtMs: 0,
    isAdmin: false, isActive: true, isRestricted: false, isLoginProhibited: false,
    ...changes,
  };
  return { kind: "user", user, credential: credentialOf(credential) };
}

/** The word of the tables: yes, or the reason of the refusal. */
function decided(actor: Actor, standing: Parameters<typeof decide>[1], capability: Capability, requireSignIn: boolean): string {
  const decision = decide(actor, standing, capability, { requireSignIn });
  return decision.allowed ? "yes" : decision.reason;
}

/** What the tables say: an account that is shut out has nothing; then the credential's limits, then the account's rights. */
function expected(row: readonly string[], column: number, reach: readonly string[], capability: Capability, requireSignIn: boolean): string {
  const [account = "", visibility] = row;
  const mayAccount = row[column]?.includes(letters[capability]) === true;
  if (account === "anonymous") return mayAccount && !requireSignIn ? "yes" : "rights_missing";
  if (["inactive", "barred", "inactive+"].includes(account)) return "rights_missing";
  const byCredential = reach[(visibility === "public" ? 1 : 3) + (capability === "read" ? 0 : 1)] ?? "";
  return byCredential === "yes" && !mayAccount ? "rights_missing" : byCredential;
}

describe("decide", () => {
  test("says what the tables say, for every actor, credential, visibility, level, capability and setting", () => {
    const wrong: unknown[] = [];
    let count = 0;
    for (const row of table(rightsOfAccounts))
      for (const reach of table(reachOfCredentials))
        for (const [index, level] of accessLevels.entries())
          for (const capability of capabilities)
            for (const requireSignIn of [false, true]) {
              const [account = "", visibility = ""] = row;
              const credential = reach[0] ?? "";
              const standing = { visibility: visibility as Visibility, level };
              const found = decided(actorOf(account, credential), standing, capability, requireSignIn);
              const wanted = expected(row, index + 2, reach, capability, requireSignIn);
              count += 1;
              if (found !== wanted) wrong.push({ account, credential, visibility, level, capability, requireSignIn, found, wanted });
            }
    expect(wrong).toEqual([]);
    expect(count).toBe(21 * 20 * 7 * 4 * 2);
  });

  test("has every visibility and level in the tables", () => {
    const rows = table(rightsOfAccounts);
    for (const account of Object.keys(accounts))
      expect(rows.filter(([name]) => name === account).map((row) => row[1])).toEqual([...visibilities]);
    expect(rightsOfAccounts.trim().split("\n")[0]?.trim().split(/\s+/).slice(2).map(Number)).toEqual([...accessLevels]);
    for (const reach of table(reachOfCredentials)) expect(reach).toHaveLength(5);
  });

  test("lets a scope reach its own area only", () => {
    const reached = (scope: string, capability: Capability): string[] =>
      scopeAreas.filter((area) => {
        const standing = { visibility: "public", level: 50 } as const;
        return decide(actorOf("plain", scope), standing, capability, { requireSignIn: false, area }).allowed;
      });
    for (const area of scopeAreas) {
      expect([area, reached(`read:${area}`, "read"), reached(`read:${area}`, "publish")]).toEqual([area, [area], []]);
      for (const capability of capabilities) expect([area, reached(`write:${area}`, capability)]).toEqual([area, [area]]);
    }
    for (const capability of capabilities) expect(reached("all", capability)).toEqual([...scopeAreas]);
    for (const area of scopeAreas) expect(reached(`delete:${area}`, "read")).toEqual([]);
  });

  test("knows no scope but those of the areas, all and public-only", () => {
    for (const scope of ["all", "public-only", "read:package", "write:admin"]) expect(isKnownScope(scope)).toBe(true);
    for (const scope of ["", "sudo", "delete:package", "ALL", " all", "all,", "read:", "read:packages", "__proto__", "constructor"])
      expect([scope, isKnownScope(scope)]).toEqual([scope, false]);
  });
});
