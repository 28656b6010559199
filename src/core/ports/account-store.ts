import type { User, Visibility } from "../domain.ts";
import type { NamespaceName } from "../namespace-name.ts";
import type { Page, PageRequest } from "./page.ts";

/** An account to create, with the namespace of the same name and id. */
export interface NewUser {
  readonly name: NamespaceName;
  readonly fullName: string;
  readonly email: string;
  readonly visibility: Visibility;
  readonly passwordHash: string;
  readonly isAdmin: boolean;
  readonly isRestricted: boolean;
  readonly nowMs: number;
  /** Create only while there is no account at all. */
  readonly onlyAsFirst?: boolean;
  /** A first token for the new account: its secret's SHA-256. */
  readonly token?: { readonly secretSha256: string; readonly lastEight: string; readonly name: string };
}

/** The fields of an account that may change; a missing one stays. */
export interface UserChanges {
  readonly fullName?: string;
  readonly email?: string;
  readonly visibility?: Visibility;
  readonly passwordHash?: string;
  readonly isAdmin?: boolean;
  readonly isActive?: boolean;
  readonly isRestricted?: boolean;
  readonly isLoginProhibited?: boolean;
}

export type CreateUserResult =
  | { readonly outcome: "created"; readonly user: User }
  | { readonly outcome: "name_taken" | "email_taken" | "not_first" };

export type UpdateUserResult =
  | { readonly outcome: "updated"; readonly user: User }
  | { readonly outcome: "absent" | "email_taken" | "last_administrator" };

/** Which accounts a search is for; null leaves out a condition. */
export interface UserSearch {
  /** A part of the name or full name, or the whole e-mail address. Capitals beyond ASCII count in full names. */
  readonly text: string | null;
  readonly isActive: boolean | null;
  readonly isLoginProhibited: boolean | null;
  readonly isAdmin: boolean | null;
  /** Only what shows itself to this viewer: accounts of these visibilities, and the viewer's own. */
  readonly viewer: { readonly userId: number; readonly visibilities: readonly Visibility[] } | null;
  /** Whether the e-mail address is looked at. */
  readonly byEmail: boolean;
}

export const userOrders = ["id", "name", "username", "created_at"] as const;

export interface UserOrder {
  readonly by: (typeof userOrders)[number];
  readonly direction: "asc" | "desc";
}

export interface AccountStore {
  /** By name, without case. */
  find(name: string): Promise<User | null>;
  findById(userId: number): Promise<User | null>;
  /** Whether there is an account at all. */
  hasAny(): Promise<boolean>;
  /** Ordered by folded name. */
  list(page: PageRequest): Promise<Page<User>>;
  /** Equal values by id. */
  search(search: UserSearch, order: UserOrder, page: PageRequest): Promise<Page<User>>;
  create(user: NewUser): Promise<CreateUserResult>;
  /** Refuses what would leave the instance without an administrator who can sign in. */
  update(userId: number, changes: UserChanges): Promise<UpdateUserResult>;
  /** Removes the account with its namespace, tokens and grants, unless the namespace still has packages. */
  delete(userId: number): Promise<"deleted" | "absent" | "still_in_use">;
}
