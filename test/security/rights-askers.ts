import type { Actor, Credential } from "../../src/core/actor.ts";
import { accessLevels, visibilities, type User } from "../../src/core/domain.ts";
import type { Capability, NamespaceStanding } from "../../src/core/permissions.ts";
import type { ScopeArea } from "../../src/core/scopes.ts";
import {
  accountFields, accountTable, areas, areasFromBelow, credentialRows, deployTable, doorColumns, doors, letters, levelRow, listOf,
  placesInside, placesOutside, sights, table,
} from "./rights-tables.ts";

function credentialOf(name: string): Credential {
  if (name === "password" || name === "operator") return { kind: name };
  const [kind, place] = name.split("@");
  if (place === undefined) return { kind: "token", tokenId: 1, scopes: listOf(name) };
  return { kind: "job", tokenId: kind === "job" ? 5 : null, namespaceId: Number(place), expiresAtMs: 1_000 };
}

/** An account of the tables, signed in by a credential of the tables. */
export function accountActor(account: string, credential: string): Actor {
  const user: User = {
    id: 7, name: "u", fullName: "", email: "u@example.com", visibility: "public", passwordHash: "!", createdAtMs: 0,
    isAdmin: false, isActive: true, isRestricted: false, isLoginProhibited: false, botOfNamespaceId: null,
    ...accountFields[account],
  };
  return { kind: "user", user, credential: credentialOf(credential) };
}

/** Whoever holds a deploy token of a namespace. */
export function deployActor(scopes: string, namespaceId: number): Actor {
  return { kind: "deploy_token", token: { id: 1, namespaceId, name: "t", username: "t", scopes: listOf(scopes), createdAtMs: 0, expiresAtMs: null } };
}

/** Everybody who may ask, with what the tables say of them. */
export interface Asker {
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
/** All of them: each account by each credential, each deploy token of each place, and nobody. */
export const askers: readonly Asker[] = [
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

/** What is asked. */
export interface Case {
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
export function expected(asker: Asker, one: Case): string {
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
  if (standing.isMemberBelow === true && letter === "r" && !isJob && areasFromBelow.includes(area)) return "yes";
  const held = asker.isInside ? (levelRow[accessLevels.indexOf(standing.level)] ?? "") : "";
  return yesIf(held.includes(letter) || (letter === "r" && isOpen(opens, one)));
}

/** Whether the tables let an asker know of the namespace. */
export function isSeen(asker: Asker, { standing, area, requireSignIn }: Omit<Case, "capability">): boolean {
  const isAnonymous = asker.kind === "anonymous";
  if (area === "package" && standing.registryAccess === "public" && !(isAnonymous && requireSignIn)) return true;
  const [, opens = "", level] = asker.account;
  const isJob = asker.credential[0]?.includes("job@") === true;
  const whoOfAccount = (): string => {
    if (opens === "nothing") return "shut-out";
    if (level === "everything" && !isJob) return "administrator";
    const isMember = (asker.isInside && standing.level > 0) || (standing.isMemberBelow === true && !isJob && areasFromBelow.includes(area));
    return isMember ? "member" : opens;
  };
  const who = isAnonymous ? (requireSignIn ? "nameless" : "anonymous") : asker.kind === "deploy" ? `deploy-${asker.isInside ? "inside" : "outside"}` : whoOfAccount();
  return sights.get(who)?.[visibilities.indexOf(standing.visibility)] === "yes";
}
