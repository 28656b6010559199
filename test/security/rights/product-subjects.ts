import { newPrefixedSecret, newTokenSecret, secretDigest } from "../../../src/core/secret-digest.ts";
import { idOf, type Place, type Town } from "../gitlab-places.ts";
import type { Relation as GitlabRelation } from "../gitlab-relations.ts";
import { credentialRows, listOf } from "../rights-tables.ts";
import type { Relation as GiteaRelation } from "../route-table.ts";
import type { SecretKind } from "./credential-forms.ts";

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

/** What the clock of the site says: a password that was found right stays so while the tests run. */
export const nowMs = Date.UTC(2030, 0, 1);
/** Of everybody who has one. */
export const password = "Marker-Password-Of-All-1";

/** The sets of scopes that tokens are tried with: all of the table that a token can have. */
const scopeSets: readonly string[] = credentialRows.map(([name = ""]) => name).filter((name) => !/password|operator|job@/.test(name));
/** Those of an account that nothing is let do with any. */
const barredSets: readonly string[] = ["all", "api", "(none)"];

const giteaPeople: readonly (readonly [GiteaRelation, string])[] = [
  ["stranger", "sam"], ["reader", "reader"], ["writer", "writer"], ["owner", "olga"], ["admin", "chief"], ["inactive", "ines"], ["inactive", "barry"],
];
const gitlabPeople: readonly (readonly [GitlabRelation, string])[] = [
  ...(["stranger", "guest", "reporter", "developer", "maintainer", "owner", "inactive"] as const).map((name) => [name, name] as const),
  ["inactive", "barred"], ["admin", "chief"],
];

/** Who is barred rather than deactivated: as far as a request tells, the same. */
const barred: ReadonlySet<string> = new Set(["barry", "barred"]);

/**
 * Those who ask at Gitea's routes and for what operators ask: every account with each set of scopes and its password, what
 * was the owner's, and secrets of the kinds that count for nobody there.
 */
export async function giteaSubjects(town: Town): Promise<readonly Subject[]> {
  const made: Subject[] = [];
  for (const [relation, name] of giteaPeople) {
    made.push(...(await tokensOf(town, name, relation)));
    made.push({ relation, name, kind: "password", secret: password, isDead: false, scopes: "password" });
  }
  return [...made, ...(await deadOf(town, "olga", "all")), ...(await deployTokens(town, town.places.public)), ...(await jobTokens(town, town.places.public))];
}

/** Those who ask at GitLab's and the native routes about one place. */
export async function gitlabSubjects(town: Town, place: Place): Promise<readonly Subject[]> {
  const made: Subject[] = [];
  for (const [relation, name] of gitlabPeople) made.push(...(await tokensOf(town, name, relation)));
  made.push({ relation: "owner", name: "owner", kind: "password", secret: password, isDead: false, scopes: "password" });
  made.push({ relation: "bot", name: "bot", kind: "personal", secret: await botOf(town, place), isDead: false, scopes: "api" });
  return [...made, ...(await deadOf(town, "owner", "api")), ...(await deployTokens(town, place)), ...(await jobTokens(town, place))];
}

/** The same with a secret of its own, for a request that ends it; only a person's token can be had again. */
export async function renewed({ mint }: Town, subject: Subject): Promise<Subject | null> {
  if (subject.kind !== "personal" || subject.relation === "bot" || subject.isDead) return null;
  return { ...subject, secret: (await mint(subject.name, listOf(subject.scopes))).secret };
}

/** A token of each set of scopes. */
async function tokensOf({ mint }: Town, name: string, relation: Subject["relation"]): Promise<Subject[]> {
  const made: Subject[] = [];
  for (const scopes of barred.has(name) ? barredSets : scopeSets)
    made.push({ relation, name, kind: "personal", secret: (await mint(name, listOf(scopes))).secret, isDead: false, scopes });
  return made;
}

/** An account's tokens that have expired or were revoked, and secrets that nobody has ever had. */
async function deadOf({ mint, site }: Town, name: string, scopes: string): Promise<Subject[]> {
  const dead = (relation: GitlabRelation, secret: string): Subject => ({ relation, name, kind: "personal", secret, isDead: true, scopes });
  const revoked = await mint(name, listOf(scopes));
  await site.server.stores.metadata.accessTokens.revoke(revoked.id, nowMs);
  return [
    dead("expired", (await mint(name, listOf(scopes), nowMs - 1)).secret),
    dead("revoked", revoked.secret),
    dead("expired", newPrefixedSecret("personal")),
    dead("expired", newTokenSecret()),
  ];
}

/** Of the place and of another one, in force and expired. */
async function deployTokens(town: Town, place: Place): Promise<Subject[]> {
  const made: Subject[] = [];
  for (const [relation, at, scopes] of [
    ["deploy-rw", place, ["read_package_registry", "write_package_registry"]],
    ["deploy-r", place, ["read_package_registry"]],
    ["deploy-else", town.elsewhere, ["read_package_registry", "write_package_registry"]],
  ] as const)
    for (const isDead of [false, true])
      made.push({ relation, name: "deploy", kind: "deploy", secret: await deployToken(town, at, scopes, isDead), isDead, scopes: "" });
  return made;
}

/** Of a developer for the place and for another one, of an administrator, and two that are worth nothing. */
async function jobTokens(town: Town, place: Place): Promise<Subject[]> {
  const made: Subject[] = [];
  for (const [relation, at, user] of [["job", place, "developer"], ["job-else", town.elsewhere, "developer"], ["job-admin", place, "chief"]] as const) {
    const secret = String((await town.make("POST", "/api/stowage/v1/job-tokens", { user, namespace: at.project.path }))["token"]);
    made.push({ relation, name: user, kind: "job", secret, isDead: false, scopes: "" });
  }
  const expired = newPrefixedSecret("job");
  const userId = idOf(town.userIds, "developer");
  const told = { userId, namespaceId: place.project.id, nowMs: nowMs - 2, expiresAtMs: nowMs - 1 };
  await town.site.server.stores.metadata.jobTokens.create({ ...told, secretSha256: secretDigest(expired) });
  for (const secret of [expired, newPrefixedSecret("job")])
    made.push({ relation: "job", name: "developer", kind: "job", secret, isDead: true, scopes: "" });
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
