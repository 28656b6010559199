import type { Actor } from "../actor.ts";
import type { AccessLevel, Namespace, Team, Visibility } from "../domain.ts";
import { parseNamespaceName } from "../namespace-name.ts";
import { decide } from "../permissions.ts";
import type { NamespaceChanges } from "../ports/namespace-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { accountOrThrow, checkEmail, checkLength } from "./manage-accounts.ts";
import { standingFor } from "./open-namespace.ts";
import { admitReader, refuseBot, refuseHidden, requireAccount } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock" | "settings">;

/** A group to create. */
export interface GroupToCreate {
  readonly name: string;
  readonly visibility: Visibility;
  readonly fullName: string;
  readonly description: string;
  readonly email: string;
  readonly website: string;
  readonly location: string;
}

/** A group the caller may see. Throws `namespace_not_found` for others and for what is no group, `scope_missing`. */
export async function findGroup(needs: Needs, actor: Actor, name: string): Promise<Namespace> {
  admitReader(actor, "organization", needs.settings);
  return visibleGroup(needs, actor, name);
}

/** Creates a group owned by the caller, who may be any signed-in user. Throws `name_taken`, `name_invalid`, `value_invalid`, `public_only`. */
export async function createGroup({ metadata, clock }: Needs, actor: Actor, group: GroupToCreate): Promise<Namespace> {
  const owner = requireAccount(actor, "organization", "write");
  refuseBot(actor);
  refuseHidden(actor, group.visibility);
  const name = parseNamespaceName(group.name);
  checkProfile(group);
  const result = await metadata.namespaces.createGroup({
    ...group,
    name,
    ownerId: owner.id,
    nowMs: clock.nowMs(),
  });
  if (result.outcome === "name_taken")
    throw new RegistryError("name_taken", `user already exists [name: ${group.name}]`, { subject: group.name });
  return result.namespace;
}

/** Changes a group. Its owners and administrators only. Throws `namespace_not_found`, `value_invalid`. */
export async function updateGroup(
  needs: Needs,
  actor: Actor,
  name: string,
  changes: Omit<NamespaceChanges, "limits">,
): Promise<Namespace> {
  const group = await administeredGroup(needs, actor, name);
  checkProfile(changes);
  const updated = await needs.metadata.namespaces.update(group.id, changes);
  if (updated === null) throw groupNotFound(name);
  return updated;
}

/** Removes a group without packages. Its owners and administrators only. Throws `still_in_use`. */
export async function deleteGroup(needs: Needs, actor: Actor, name: string): Promise<void> {
  const group = await administeredGroup(needs, actor, name);
  const outcome = await needs.metadata.namespaces.deleteGroup(group.id);
  if (outcome === "absent") throw groupNotFound(name);
  if (outcome === "still_in_use")
    throw new RegistryError("still_in_use", "organization still has ownership of packages", { subject: name });
}

/** A team to create; `level` is what its members may do with the group's packages. */
export interface TeamToCreate {
  readonly name: string;
  readonly description: string;
  readonly permission: string;
  readonly units: Readonly<Record<string, string>>;
  readonly level: AccessLevel;
}

/** Creates a team in a group. The group's owners and administrators only. Throws `name_taken`, `value_invalid`. */
export async function createTeam(needs: Needs, actor: Actor, groupName: string, team: TeamToCreate): Promise<Team> {
  const group = await administeredGroup(needs, actor, groupName);
  if (!/^[\p{L}\p{N}_.\- ]{1,255}$/u.test(team.name))
    throw new RegistryError("value_invalid", "a team name has 1 to 255 letters, digits, spaces, - _ or .", { subject: "name" });
  checkLength("description", team.description);
  const result = await needs.metadata.teams.create({ ...team, namespaceId: group.id });
  if (result.outcome === "absent") throw groupNotFound(groupName);
  if (result.outcome === "created") return result.team;
  throw new RegistryError("name_taken", `team already exists [org_id: ${group.id}, name: ${team.name}]`, { subject: team.name });
}

/** Adds a user to a team; adding twice is a success. Throws `team_not_found`, `user_not_found`. */
export async function addTeamMember(needs: Needs, actor: Actor, teamId: number, userName: string): Promise<void> {
  await administeredTeam(needs, actor, teamId);
  const user = await accountOrThrow(needs.metadata, userName);
  if ((await needs.metadata.teams.addMember(teamId, user.id)) === "absent") throw teamNotFound();
}

/** Takes a user out of a team; what other teams grant stays. */
export async function removeTeamMember(needs: Needs, actor: Actor, teamId: number, userName: string): Promise<void> {
  await administeredTeam(needs, actor, teamId);
  const user = await accountOrThrow(needs.metadata, userName);
  await needs.metadata.teams.removeMember(teamId, user.id);
}

async function administeredTeam(needs: Needs, actor: Actor, teamId: number): Promise<void> {
  requireAccount(actor, "organization", "write");
  const team = await needs.metadata.teams.find(teamId);
  if (team === null) throw teamNotFound();
  await requireOwner(needs, actor, team.namespaceId);
}

async function administeredGroup(needs: Needs, actor: Actor, name: string): Promise<Namespace> {
  requireAccount(actor, "organization", "write");
  const group = await visibleGroup(needs, actor, name);
  await requireOwner(needs, actor, group.id);
  return group;
}

/** What the caller may not see does not exist: a refusal would tell that it does. */
async function visibleGroup(needs: Needs, actor: Actor, name: string): Promise<Namespace> {
  const group = await groupOrThrow(needs, name);
  const standing = await standingOf(needs, actor, group.id);
  const { requireSignIn } = needs.settings;
  if (!decide(actor, standing, "read", { requireSignIn, area: "organization" }).allowed) throw groupNotFound(name);
  return group;
}

async function requireOwner(needs: Needs, actor: Actor, namespaceId: number): Promise<void> {
  const standing = await standingOf(needs, actor, namespaceId);
  const { requireSignIn } = needs.settings;
  const decision = decide(actor, standing, "administer", { requireSignIn, area: "organization" });
  if (!decision.allowed) throw new RegistryError(decision.reason, "Must be an organization owner");
}

async function standingOf({ metadata }: Needs, actor: Actor, namespaceId: number) {
  return standingFor(await metadata.namespaces.standing(namespaceId, actor.kind === "user" ? actor.user.id : null));
}

/**
 * Throws `value_invalid` for texts that a group cannot show of itself. An address that is no web address could become a script in
 * a page.
 */
export function checkProfile(profile: Partial<Pick<GroupToCreate, "fullName" | "description" | "email" | "website" | "location">>): void {
  checkLength("full_name", profile.fullName ?? "");
  checkLength("description", profile.description ?? "");
  checkLength("location", profile.location ?? "");
  const { email = "", website = "" } = profile;
  if (email !== "") checkEmail(email);
  checkLength("website", website);
  if (website !== "" && !/^https?:\/\/[^\s]+$/i.test(website))
    throw new RegistryError("value_invalid", "website is no http or https address", { subject: "website" });
}

async function groupOrThrow({ metadata }: Needs, name: string): Promise<Namespace> {
  const namespace = await metadata.namespaces.find(name);
  if (namespace === null || namespace.kind !== "group") throw groupNotFound(name);
  return namespace;
}

function groupNotFound(name: string): RegistryError {
  return new RegistryError("namespace_not_found", "there is no such organisation", { subject: name });
}

function teamNotFound(): RegistryError {
  return new RegistryError("team_not_found", "team does not exist");
}
