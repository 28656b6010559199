import { actsAsAdministrator, type Actor } from "../actor.ts";
import { visibilities, type User } from "../domain.ts";
import { isVisibleToStranger } from "../permissions.ts";
import type { UserOrder, UserSearch } from "../ports/account-store.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { isConfined } from "../scopes.ts";
import { isUserVisible, userNotFound } from "./manage-accounts.ts";
import { requireAccount, requireAdministrator } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata">;

/** What a caller looks for; null leaves out a condition. */
export type AccountSearch = Omit<UserSearch, "viewer" | "byEmail">;

/** The accounts that show themselves to a signed-in caller; only administrators find them by e-mail address. Throws `credentials_required`. */
export async function searchAccounts({ metadata }: Needs, actor: Actor, search: AccountSearch, order: UserOrder, page: PageRequest): Promise<Page<User>> {
  const user = requireAccount(actor, "user", "read");
  const isAdministrator = actsAsAdministrator(actor);
  const isConfinedToPublic = actor.kind === "user" && isConfined(actor.credential);
  const shown = visibilities.filter((visibility) => isVisibleToStranger(visibility, user.isRestricted || isConfinedToPublic));
  const viewer = isAdministrator && !isConfinedToPublic ? null : { userId: user.id, visibilities: shown };
  return metadata.accounts.search({ ...search, viewer, byEmail: isAdministrator }, order, page);
}

/** An account by id, for a signed-in caller who may see it. Throws `user_not_found`, `credentials_required`. */
export async function findAccount({ metadata }: Needs, actor: Actor, userId: number): Promise<User> {
  requireAccount(actor, "user", "read");
  const user = await metadata.accounts.findById(userId);
  if (user === null || !isUserVisible(actor, user)) throw userNotFound(String(userId));
  return user;
}

/** An account by id for who administers it. Throws `rights_missing`, `user_not_found`. */
export async function administeredAccount({ metadata }: Needs, actor: Actor, userId: number): Promise<User> {
  requireAdministrator(actor, "write");
  const user = await metadata.accounts.findById(userId);
  if (user === null) throw userNotFound(String(userId));
  return user;
}

/** The administrator who asks, for changes to accounts. Throws `credentials_required`, `rights_missing`, `scope_missing`. */
export async function actingAdministrator(_needs: Needs, actor: Actor): Promise<User> {
  return requireAdministrator(actor, "write");
}

/** The account that asks. Throws `credentials_required`, `rights_missing`, `scope_missing`. */
export async function ownAccount(_needs: Needs, actor: Actor): Promise<User> {
  return requireAccount(actor, "user", "read");
}
