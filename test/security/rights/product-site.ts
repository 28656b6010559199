import type { Visibility } from "../../../src/core/domain.ts";
import { newPrefixedSecret, secretDigest } from "../../../src/core/secret-digest.ts";
import { openTown, type Place, type Town } from "../gitlab-places.ts";
import type { Relation as GitlabRelation } from "../gitlab-relations.ts";
import type { Relation as GiteaRelation } from "../route-table.ts";
import type { Site } from "../site.ts";
import { credentialRows, listOf } from "../rights-tables.ts";
import type { SecretKind } from "./credential-forms.ts";
import { createDirectDoor, type DirectDoor } from "./in-process.ts";

/** Somebody with one secret. */
export interface Subject {
  readonly relation: GitlabRelation | GiteaRelation;
  readonly name: string;
  readonly kind: SecretKind;
  readonly secret: string;
  readonly isDead: boolean;
  /** As a table writes them; empty for what has none. */
  readonly scopes: string;
}

/** One server with the people and places of both dialects' tables. */
export interface ProductSite {
  readonly town: Town;
  readonly door: DirectDoor;
  /** Those who ask at Gitea's routes, whatever the place. */
  readonly giteaSubjects: readonly Subject[];
  /** Those who ask at GitLab's and the native routes, by place. */
  readonly gitlabSubjects: Readonly<Record<Visibility, readonly Subject[]>>;
}

/** The sets of scopes that tokens are tried with: all of the table that a token can have. */
export const scopeSets: readonly string[] = credentialRows.map(([name = ""]) => name).filter((name) => !/password|operator|job@/.test(name));

/** The organisations of Gitea's rows, by visibility. */
export const vaults = { private: "vault", internal: "vault-limited", public: "vault-open" } as const;

const password = "Marker-Password-Of-All-1";
const giteaPeople = { stranger: "sam", reader: "reader", writer: "writer", owner: "olga", admin: "chief", inactive: "ines" } as const;
const gitlabPeople = ["stranger", "guest", "reporter", "developer", "maintainer", "owner", "inactive"] as const;

export async function openProductSite(folder: string): Promise<ProductSite> {
  const door = createDirectDoor();
  // What the server checks by itself each minute would be taken for what a request has changed.
  const town = await openTown({ STOWAGE_SCRUB_INTERVAL_SECONDS: "0" }, { listen: door.listen, folder, clock: { nowMs: () => nowMs } });
  const { site } = town;
  const change = { login_name: "", source_id: 0 };
  for (const name of ["sam", "reader", "writer", "olga", "ines"]) {
    await town.person(name);
    await site.must("PATCH", `/api/v1/admin/users/${name}`, { ...change, password });
  }
  for (const [visibility, vault] of Object.entries(vaults)) {
    await site.must("POST", "/api/v1/orgs", { username: vault, visibility: visibility === "internal" ? "limited" : visibility });
    await site.addTeam(vault, "read", "reader");
    await site.addTeam(vault, "write", "writer");
    await site.addTeam(vault, "admin", "olga", "ines");
  }
  await site.must("PATCH", "/api/v1/admin/users/olga", { ...change, visibility: "private" });
  await site.must("PATCH", "/api/v1/admin/users/ines", { ...change, active: false });
  const giteaSubjects: Subject[] = [];
  for (const [relation, name] of Object.entries(giteaPeople) as [GiteaRelation, string][]) {
    giteaSubjects.push(...(await tokensOf(town, name, relation)));
    if (name !== "chief") giteaSubjects.push({ relation, name, kind: "password", secret: password, isDead: false, scopes: "password" });
  }
  const gitlabSubjects = {
    private: await subjectsAt(town, town.places.private),
    internal: await subjectsAt(town, town.places.internal),
    public: await subjectsAt(town, town.places.public),
  };
  return { town, door, giteaSubjects, gitlabSubjects };
}

/** What the clock of the site says: a password that was found right stays so while the tests run. */
const nowMs = Date.UTC(2030, 0, 1);

/** A token of each set of scopes. */
async function tokensOf({ mint }: Town, name: string, relation: Subject["relation"]): Promise<Subject[]> {
  const made: Subject[] = [];
  for (const scopes of scopeSets)
    made.push({ relation, name, kind: "personal", secret: (await mint(name, listOf(scopes))).secret, isDead: false, scopes });
  return made;
}

async function subjectsAt(town: Town, place: Place): Promise<Subject[]> {
  const { mint, site } = town;
  const made: Subject[] = [];
  for (const name of gitlabPeople) made.push(...(await tokensOf(town, name, name)));
  made.push(...(await tokensOf(town, "chief", "admin")));
  const dead = async (relation: GitlabRelation, secret: string): Promise<void> => {
    made.push({ relation, name: "owner", kind: "personal", secret, isDead: true, scopes: "api" });
  };
  await dead("expired", (await mint("owner", ["api"], nowMs - 1)).secret);
  const revoked = await mint("owner", ["api"]);
  await site.server.stores.metadata.accessTokens.revoke(revoked.id, nowMs);
  await dead("revoked", revoked.secret);
  await dead("expired", newPrefixedSecret("personal"));
  made.push({ relation: "bot", name: "bot", kind: "personal", secret: await botOf(town, place), isDead: false, scopes: "api" });
  for (const [relation, at, scopes] of [
    ["deploy-rw", place, ["read_package_registry", "write_package_registry"]],
    ["deploy-r", place, ["read_package_registry"]],
    ["deploy-else", town.elsewhere, ["read_package_registry", "write_package_registry"]],
  ] as const)
    for (const isDead of [false, true])
      made.push({ relation, name: "deploy", kind: "deploy", secret: await deployToken(town, at, scopes, isDead), isDead, scopes: "" });
  for (const [relation, at, user] of [["job", place, "developer"], ["job-else", town.elsewhere, "developer"], ["job-admin", place, "chief"]] as const) {
    const secret = String((await town.make("POST", "/api/stowage/v1/job-tokens", { user, namespace: at.project.path }))["token"]);
    made.push({ relation, name: user, kind: "job", secret, isDead: false, scopes: "" });
  }
  made.push({ relation: "job", name: "developer", kind: "job", secret: newPrefixedSecret("job"), isDead: true, scopes: "" });
  return made;
}

async function botOf({ make }: Town, place: Place): Promise<string> {
  const body = { name: "bot", scopes: ["api"], access_level: 40, expires_at: "2030-06-01" };
  return String((await make("POST", `/api/v4/projects/${place.project.id}/access_tokens`, body))["token"]);
}

async function deployToken({ site }: Town, place: Place, scopes: readonly string[], isExpired: boolean): Promise<string> {
  const secret = newPrefixedSecret("deploy");
  const told = { namespaceId: place.project.id, name: "d", username: null, scopes, nowMs: nowMs - 2, expiresAtMs: isExpired ? nowMs - 1 : null };
  await site.server.stores.metadata.deployTokens.create({ ...told, secretSha256: secretDigest(secret) });
  return secret;
}

/** The same site, where what a row says of the organisation `vault` is about another one. */
export function siteAt(site: Site, vault: string): Site {
  const moved = (path: string): string => movedPath(path, vault);
  return {
    ...site,
    must: (method, path, body) => site.must(method, moved(path), body),
    addTeam: (organisation, right, ...members) => site.addTeam(organisation === "vault" ? vault : organisation, right, ...members),
  };
}

/** A path of a row, about another organisation than `vault`. */
export function movedPath(path: string, vault: string): string {
  return path.replace(/\/vault(?=\/|$)/, `/${vault}`);
}
