import type { AccessLevel, Limits, Namespace, NamespaceSettings, OwnLimits, Visibility } from "../domain.ts";
import type { NamespaceName } from "../namespace-name.ts";
import type { Page, PageRequest } from "./page.ts";

/** A top-level group to create, and the user who becomes its owner (null: nobody but administrators). */
export interface NewGroup {
  readonly name: NamespaceName;
  readonly visibility: Visibility;
  readonly fullName: string;
  readonly description: string;
  readonly email: string;
  readonly website: string;
  readonly location: string;
  readonly ownerId: number | null;
  readonly nowMs: number;
}

/** The fields of a namespace that may change; a missing one stays. */
export interface NamespaceChanges {
  readonly visibility?: Visibility;
  readonly fullName?: string;
  readonly description?: string;
  readonly email?: string;
  readonly website?: string;
  readonly location?: string;
  /** Replaces the namespace's own limits. */
  readonly limits?: OwnLimits;
  /** Merged into the namespace's own settings; an undefined field stays, null is set. */
  readonly settings?: NamespaceSettings;
  /** Own settings to take away, so that inherited ones count again. */
  readonly forgottenSettings?: readonly (keyof NamespaceSettings)[];
}

/** What the path above a namespace gives it and a user. */
export interface Standing {
  /** The strictest visibility on the path. */
  readonly visibility: Visibility;
  /** The user's highest grant on the path; 0 without one, or without user. */
  readonly level: AccessLevel;
  /** The namespace itself and everything above it, by id; empty when it is gone. */
  readonly path: readonly number[];
  /** Of each setting the nearest on the path. */
  readonly settings: NamespaceSettings;
  /** A group below which the user has a grant on something. */
  readonly isMemberBelow: boolean;
}

/** How much a namespace and all below it hold, every revision counted. */
export interface Usage {
  readonly versions: number;
  readonly bytes: number;
}

export interface NamespaceStore {
  /** By path, without case; `visibility` of the result is the namespace's own. */
  find(path: string): Promise<Namespace | null>;
  standing(namespaceId: number, userId: number | null): Promise<Standing>;
  /** By path; prefix search is not offered. Ordered by folded path. */
  list(page: PageRequest): Promise<Page<Namespace>>;
  /** With an owner, also the team "Owners" with that owner in it. */
  createGroup(group: NewGroup): Promise<{ outcome: "created"; namespace: Namespace } | { outcome: "name_taken" }>;
  /** Null when there is no such namespace. */
  update(namespaceId: number, changes: NamespaceChanges): Promise<Namespace | null>;
  /** Removes a group with its teams and grants, unless it still has packages or children. */
  deleteGroup(namespaceId: number): Promise<"deleted" | "absent" | "still_in_use">;
  usage(namespaceId: number): Promise<Usage>;
  /** The user's grant given directly, not by a team; level 0 takes it away. */
  setGrant(grant: { namespaceId: number; userId: number; level: AccessLevel }): Promise<"set" | "absent">;
}

/**
 * What a namespace has of the settings above it and of its own: each of the nearest that has it. The exception of the
 * duplicate policy belongs to its policy: where a nearer namespace sets a policy, one from above no longer counts.
 */
export function inheritSettings(above: NamespaceSettings, own: NamespaceSettings): NamespaceSettings {
  const { duplicateException: _exception, ...rest } = above;
  return own.duplicates === undefined ? { ...above, ...own } : { ...rest, ...own };
}

/** The limits in force for a namespace whose own are given. */
export function effectiveLimits(own: OwnLimits, instance: Limits): Limits {
  return { ...instance, ...own };
}
