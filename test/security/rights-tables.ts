import type { User } from "../../src/core/domain.ts";
import type { Capability } from "../../src/core/permissions.ts";
import type { ScopeArea } from "../../src/core/scopes.ts";

/**
 * Where the decision is about: the namespace 3, in 2, in 1. Elsewhere, 9 has nothing to do with it.
 */
export const path = [3, 2, 1] as const;
/** Where a token may be bound to so that it counts there. */
export const placesInside = [3, 2, 1] as const;
/** Namespaces that have nothing to do with it. */
export const placesOutside = [9, 4] as const;

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
export const levelTable = `
  0   10  15  20  30  40    50
  -   r   r   r   rp  rpdc  rpdca
`;

/** Which accounts there are: what tells them apart, whose open doors they use, and whether their level counts. */
export const accountTable = `
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

/** What sets each account apart from an ordinary one. */
export const accountFields: Readonly<Record<string, Partial<User>>> = {
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
  credential                             activitypub admin issue misc notification organization package repository user project release group
  password                               w           w     w     w    w            w            w       w          w    w       w       w
  operator                               w           w     w     w    w            w            w       w          w    w       w       w
  job@3                                  -           -     -     -    -            -            w       -          -    r       w       -
  job@2                                  -           -     -     -    -            -            w       -          -    r       w       -
  job@1                                  -           -     -     -    -            -            w       -          -    r       w       -
  job@9                                  -           -     -     -    -            -            w       -          -    r       w       -
  foreign-job@3                          -           -     -     -    -            -            w       -          -    r       w       -
  foreign-job@4                          -           -     -     -    -            -            w       -          -    r       w       -
  all                                    w           w     w     w    w            w            w       w          w    w       w       w
  write:package                          -           -     -     -    -            -            w       -          -    -       -       w
  read:package                           -           -     -     -    -            -            r       -          -    -       -       r
  read:package,write:package             -           -     -     -    -            -            w       -          -    -       -       w
  all,public-only                        w           w     w     w    w            w            w       w          w    w       w       w
  public-only,write:package              -           -     -     -    -            -            w       -          -    -       -       w
  read:package,public-only               -           -     -     -    -            -            r       -          -    -       -       r
  public-only                            -           -     -     -    -            -            -       -          -    -       -       -
  (none)                                 -           -     -     -    -            -            -       -          -    -       -       -
  write:user,write:organization          -           -     -     -    -            w            -       -          w    -       -       w
  write:repository,read:issue            -           -     r     -    -            -            -       w          -    w       w       -
  read:repository                        -           -     -     -    -            -            -       r          -    r       r       -
  write:admin,write:misc                 -           w     -     w    -            -            -       -          -    -       -       -
  write:activitypub,read:notification    w           -     -     -    r            -            -       -          -    -       -       -
  api                                    w           w     w     w    w            w            w       w          w    w       w       w
  read_api                               r           r     r     r    r            r            r       r          r    r       r       r
  read_user                              -           -     -     -    -            -            -       -          r    -       -       -
  read_package_registry                  -           -     -     -    -            -            r       -          -    -       -       r
  write_package_registry                 -           -     -     -    -            -            w       -          -    -       -       w
  read_api,write_package_registry        r           r     r     r    r            r            w       r          r    r       r       w
  read_repository,write_repository       -           -     -     -    -            -            -       -          -    -       -       -
  read_registry,write_registry           -           -     -     -    -            -            -       -          -    -       -       -
  sudo,admin_mode,self_rotate            -           -     -     -    -            -            -       -          -    -       -       -
  create_runner,ai_features,k8s_proxy    -           -     -     -    -            -            -       -          -    -       -       -
  read:packages                          -           -     -     -    -            -            -       -          -    -       -       -
  WRITE:PACKAGE                          -           -     -     -    -            -            -       -          -    -       -       -
  ALL,API                                -           -     -     -    -            -            -       -          -    -       -       -
  write:project,write:release            -           -     -     -    -            -            -       -          -    -       -       -
  admin:package                          -           -     -     -    -            -            -       -          -    -       -       -
`;

/** What a deploy token's scopes hold within its namespace; nothing but packages, whatever they are. */
export const deployTable = `
  scopes                                         rights
  read_package_registry                          r
  write_package_registry                         rp
  read_package_registry,write_package_registry   rp
  read_repository,read_registry                  -
  write_registry                                 -
  (none)                                         -
`;

/** Who may know that a namespace exists, where it is not about packages that are open to all. */
export const sightTable = `
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

/** What a member of something below a group sees of the group; a job token does not. */
export const areasFromBelow: readonly ScopeArea[] = ["organization", "group"];

/** The letters of the tables. */
export const letters: Readonly<Record<Capability, string>> = { read: "r", publish: "p", delete: "d", configure: "c", administer: "a" };

/** The cells of a table's rows, its head left out. */
export function table(text: string): string[][] {
  return text.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));
}

/** The cells of a table's head. */
export function headOf(text: string): string[] {
  return text.trim().split("\n")[0]?.trim().split(/\s+/) ?? [];
}

/** Scopes as a table writes them. */
export function listOf(scopes: string): string[] {
  return scopes === "(none)" ? [] : scopes.split(",");
}

/** Each credential with its reach in each of the areas. */
export const credentialRows = table(credentialTable);
/** Every area there is. */
export const areas = headOf(credentialTable).slice(1) as ScopeArea[];
/** The letters of each level. */
export const levelRow = table(levelTable)[0] ?? [];
/** The open doors by visibility and access. */
export const doors = new Map(table(openDoors).map(([visibility, access, ...who]) => [`${visibility} ${access}`, who]));
/** Whose doors the columns are. */
export const doorColumns = headOf(openDoors).slice(2);
/** Who sees what, by visibility. */
export const sights = new Map(table(sightTable).map(([who = "", ...seen]) => [who, seen]));
