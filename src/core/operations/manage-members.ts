import type { Actor } from "../actor.ts";
import type { AccessLevel } from "../domain.ts";
import { levelOf } from "../permissions.ts";
import type { Member, MemberReach } from "../ports/member-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { ScopeArea } from "../scopes.ts";
import { userNotFound } from "./manage-accounts.ts";
import { openNamespace, type NamespaceGrant } from "./open-namespace.ts";
import { requireAccount } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock" | "settings">;

/** The levels that a member may have. */
export const memberLevels = [10, 15, 20, 30, 40, 50] as const satisfies readonly AccessLevel[];

/** The members of a namespace, for everyone who is signed in and may read there. By user id. */
export async function listMembers(
  { metadata }: Needs,
  grant: NamespaceGrant,
  reach: MemberReach,
  query: string | null,
  page: PageRequest,
): Promise<Page<Member>> {
  return metadata.members.list(grant.namespace.id, reach, query, page);
}

/** One member. Throws `member_not_found`. */
export async function findMember({ metadata }: Needs, grant: NamespaceGrant, reach: MemberReach, userId: number): Promise<Member> {
  const member = await metadata.members.find(grant.namespace.id, reach, userId);
  if (member === null) throw memberNotFound();
  return member;
}

/** A member's new level and end. */
export interface MemberTerms {
  readonly level: AccessLevel;
  /** Null for never, undefined for what it is. */
  readonly expiresAtMs: number | null | undefined;
}

/**
 * Makes a user a member. Maintainers of a project, up to their own level; owners of everything else. Throws
 * `user_not_found`, `name_taken` for who is one, `rights_missing`.
 */
export async function addMember(needs: Needs, reader: NamespaceGrant<"read">, userId: number, terms: MemberTerms): Promise<Member> {
  const grant = await openMembers(needs, reader);
  checkLevel(grant, terms.level);
  const user = await needs.metadata.accounts.findById(userId);
  if (user === null) throw userNotFound(String(userId));
  const { level, expiresAtMs = null } = terms;
  const nowMs = needs.clock.nowMs();
  const outcome = await needs.metadata.members.add({ namespaceId: grant.namespace.id, userId, level, expiresAtMs, nowMs });
  if (outcome === "absent") throw userNotFound(String(userId));
  if (outcome === "already_member") throw new RegistryError("name_taken", "Member already exists", { subject: "user_id" });
  return endIfOver(needs, await findMember(needs, grant, "direct", userId));
}

/** Changes a member. Rights as for adding, and nobody's who stands above the caller. Throws `member_not_found`, `rights_missing`. */
export async function updateMember(needs: Needs, reader: NamespaceGrant<"read">, userId: number, terms: MemberTerms): Promise<Member> {
  const grant = await openMembers(needs, reader);
  const member = await findMember(needs, grant, "direct", userId);
  checkLevel(grant, member.level);
  checkLevel(grant, terms.level);
  const { level, expiresAtMs } = terms;
  const changes = expiresAtMs === undefined ? { level } : { level, expiresAtMs };
  const outcome = await needs.metadata.members.update(grant.namespace.id, userId, changes);
  if (outcome === "absent") throw memberNotFound();
  if (outcome === "last_owner") throw lastOwner();
  return endIfOver(needs, await findMember(needs, grant, "direct", userId));
}

/** Ends a membership. Rights as for changing it; everyone may leave. Throws `member_not_found`, `rights_missing` also for the last owner. */
export async function removeMember(needs: Needs, reader: NamespaceGrant<"read">, userId: number): Promise<void> {
  const { actor, namespace } = reader;
  const isSelf = requireAccount(actor, areaOf(reader), "write").id === userId;
  const grant = isSelf ? null : await openMembers(needs, reader);
  const member = await findMember(needs, reader, "direct", userId);
  if (grant !== null) checkLevel(grant, member.level);
  const outcome = await needs.metadata.members.remove(namespace.id, userId);
  if (outcome === "absent") throw memberNotFound();
  if (outcome === "last_owner") throw lastOwner();
}

/** The caller's level in the namespace itself and above it; what a job token does not carry is none. */
export async function levelsOf({ metadata }: Needs, actor: Actor, namespaceId: number): Promise<{ own: AccessLevel; above: AccessLevel }> {
  if (actor.kind !== "user") return { own: 0, above: 0 };
  const standing = await metadata.namespaces.standing(namespaceId, actor.user.id);
  if (levelOf(actor, standing) === 0) return { own: 0, above: 0 };
  return metadata.members.levels(namespaceId, actor.user.id);
}

/** The right to change who is a member: it goes by what the namespace is, not by the words it was asked for in. */
async function openMembers(needs: Needs, { actor, namespace }: NamespaceGrant): Promise<NamespaceGrant> {
  const capability = namespace.kind === "project" ? "configure" : "administer";
  return openNamespace(needs, actor, { id: namespace.id }, capability, areaOf({ namespace }));
}

function areaOf({ namespace }: Pick<NamespaceGrant, "namespace">): ScopeArea {
  return namespace.kind === "project" ? "repository" : "organization";
}

/** Nobody gives, or takes away, what stands above them. */
function checkLevel(grant: NamespaceGrant, level: AccessLevel): void {
  if (level > grant.level) throw new RegistryError("rights_missing", "this level is above the caller's own", { isVisible: true });
}

/** A membership whose end has come by what was just said ends now. */
async function endIfOver({ metadata, clock }: Needs, member: Member): Promise<Member> {
  const nowMs = clock.nowMs();
  if (member.expiresAtMs !== null && member.expiresAtMs <= nowMs) await metadata.members.removeExpired(nowMs);
  return member;
}

function memberNotFound(): RegistryError {
  return new RegistryError("member_not_found", "there is no such member");
}

function lastOwner(): RegistryError {
  return new RegistryError("rights_missing", "the last owner stays one", { isVisible: true });
}
