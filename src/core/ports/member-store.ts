import type { AccessLevel, User } from "../domain.ts";
import type { Page, PageRequest } from "./page.ts";

/** A user's place in a namespace: what was granted directly, and what its teams give, counted as one. */
export interface Member {
  readonly user: User;
  readonly level: AccessLevel;
  readonly createdAtMs: number;
  /** When the membership ends by itself; null for never. */
  readonly expiresAtMs: number | null;
}

/** Which grants count: those of the namespace itself, or also those of everything above it. */
export type MemberReach = "direct" | "all";

export interface MemberChanges {
  readonly level: AccessLevel;
  /** A missing one stays. */
  readonly expiresAtMs?: number | null;
}

export interface NewMember {
  readonly namespaceId: number;
  readonly userId: number;
  readonly level: AccessLevel;
  readonly expiresAtMs: number | null;
  readonly nowMs: number;
}

/** Who has which level where. A member stands in a list once, with the highest level. */
export interface MemberStore {
  /** By user id. `query` is a part of the user's name or full name; capitals beyond ASCII count in the latter. */
  list(namespaceId: number, reach: MemberReach, query: string | null, page: PageRequest): Promise<Page<Member>>;
  find(namespaceId: number, reach: MemberReach, userId: number): Promise<Member | null>;
  /** The user's level in the namespace itself and the highest in what is above it; 0 for none. */
  levels(namespaceId: number, userId: number): Promise<{ readonly own: AccessLevel; readonly above: AccessLevel }>;
  /** `absent` when namespace or user is gone. */
  add(member: NewMember): Promise<"added" | "already_member" | "absent">;
  /**
   * Sets a member's level in the namespace itself; teams there give the user nothing more from then on. `last_owner` for
   * what would leave a group, or what belongs to an account, without owner.
   */
  update(namespaceId: number, userId: number, changes: MemberChanges): Promise<"updated" | "absent" | "last_owner">;
  /** Takes away what was granted in the namespace itself, by teams too. `last_owner` as in `update`. */
  remove(namespaceId: number, userId: number): Promise<"removed" | "absent" | "last_owner">;
  /** Ends the memberships whose time is over, everywhere; answers how many. */
  removeExpired(nowMs: number): Promise<number>;
}
