import { actsAsAdministrator, type Actor } from "../actor.ts";
import type { User, Visibility } from "../domain.ts";
import { parseNamespaceName } from "../namespace-name.ts";
import { isVisibleToStranger } from "../permissions.ts";
import type { UserChanges } from "../ports/account-store.ts";
import { RegistryError } from "../registry-error.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import { isConfined } from "../scopes.ts";
import { looksLikeTokenSecret } from "../secret-digest.ts";
import { admitReader, requireAdministrator } from "./require-account.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "clock" | "passwords">;

const minPasswordBytes = 8;
const maxPasswordBytes = 255;

/**
 * An account by name, for a caller who may see it; null for one that does not exist or is hidden from the caller. Throws
 * `scope_missing`, and `rights_missing` for who may not even ask.
 */
export async function findUser(
  { metadata, settings }: Pick<RegistryDependencies, "metadata" | "settings">,
  actor: Actor,
  name: string,
): Promise<User | null> {
  admitReader(actor, "user", settings);
  const user = await metadata.accounts.find(name);
  return user !== null && isUserVisible(actor, user) ? user : null;
}

/** Whether an account shows itself to a caller: a private one to itself and to administrators only. */
export function isUserVisible(actor: Actor, user: User): boolean {
  if (user.visibility === "public") return true;
  if (actor.kind !== "user") return false;
  const { user: viewer, credential } = actor;
  if (isConfined(credential)) return false;
  if (actsAsAdministrator(actor) || viewer.id === user.id) return true;
  return isVisibleToStranger(user.visibility, viewer.isRestricted);
}

/** An account by id, for answers that name it; whoever may see what it published may see its name. */
export async function findUserById({ metadata }: Pick<Needs, "metadata">, userId: number): Promise<User | null> {
  return metadata.accounts.findById(userId);
}

/** An account to create; the password is in clear and is stored as a slow hash. */
export interface AccountToCreate {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly fullName: string;
  readonly visibility: Visibility;
  readonly isRestricted: boolean;
  readonly isAdmin: boolean;
}

/** Creates an account with its namespace. Administrators only. Throws for names, e-mail addresses and passwords. */
export async function createUser(
  { metadata, clock, passwords }: Needs,
  actor: Actor,
  account: AccountToCreate,
): Promise<User> {
  requireAdministrator(actor, "write");
  const name = parseNamespaceName(account.name);
  checkEmail(account.email);
  checkPassword(account.password);
  checkLength("full_name", account.fullName);
  const result = await metadata.accounts.create({
    name,
    email: account.email,
    fullName: account.fullName,
    visibility: account.visibility,
    isRestricted: account.isRestricted,
    isAdmin: account.isAdmin,
    passwordHash: await passwords.hash(account.password),
    nowMs: clock.nowMs(),
  });
  switch (result.outcome) {
    case "created":
      return result.user;
    case "email_taken":
      throw new RegistryError("email_taken", `e-mail already in use [email: ${account.email}]`, { subject: account.email });
    case "name_taken":
    case "not_first":
      throw new RegistryError("name_taken", `user already exists [name: ${account.name}]`, { subject: account.name });
  }
}

/** What may change of an account; a password is in clear. */
export type AccountChanges = Omit<UserChanges, "passwordHash"> & { readonly password?: string };

/** Changes an account. Administrators only. Throws `user_not_found`, `email_taken`, `value_invalid`. */
export async function updateUser(
  { metadata, passwords }: Needs,
  actor: Actor,
  name: string,
  { password, ...changes }: AccountChanges,
): Promise<User> {
  requireAdministrator(actor, "write");
  const user = await accountOrThrow(metadata, name);
  if (changes.email !== undefined) checkEmail(changes.email);
  if (password !== undefined) checkPassword(password);
  if (changes.fullName !== undefined) checkLength("full_name", changes.fullName);
  const hashed = password === undefined ? {} : { passwordHash: await passwords.hash(password) };
  const result = await metadata.accounts.update(user.id, { ...changes, ...hashed });
  switch (result.outcome) {
    case "updated":
      return result.user;
    case "email_taken":
      throw new RegistryError("email_taken", `e-mail already in use [email: ${changes.email ?? ""}]`);
    case "last_administrator":
      throw new RegistryError("still_in_use", "this is the last administrator: make another one first", { subject: name });
    case "absent":
      throw userNotFound(name);
  }
}

/**
 * Removes an account that owns no packages. Administrators only, and never oneself. Throws `user_not_found`,
 * `value_invalid` for an organisation's name, `still_in_use`.
 */
export async function deleteUser({ metadata }: Needs, actor: Actor, name: string): Promise<void> {
  const administrator = requireAdministrator(actor, "write");
  const namespace = await metadata.namespaces.find(name);
  if (namespace !== null && namespace.kind !== "user")
    throw new RegistryError("value_invalid", `${namespace.path} is an organization not a user`, { subject: namespace.path });
  const user = await accountOrThrow(metadata, name);
  if (user.id === administrator.id) throw new RegistryError("still_in_use", "you cannot delete yourself");
  const outcome = await metadata.accounts.delete(user.id);
  if (outcome === "absent") throw userNotFound(name);
  if (outcome === "still_in_use")
    throw new RegistryError("still_in_use", "user still has ownership of packages", { subject: name });
}

/** An account by name, without regard to who asks. Throws `user_not_found`. */
export async function accountOrThrow(metadata: Needs["metadata"], name: string): Promise<User> {
  const user = await metadata.accounts.find(name);
  if (user === null) throw userNotFound(name);
  return user;
}

/** The refusal for an account that does not exist, or not for the caller. */
export function userNotFound(name: string): RegistryError {
  return new RegistryError("user_not_found", `user does not exist [uid: 0, name: ${name}]`, { subject: name });
}

/**
 * Throws `value_invalid` unless a password has 8 to 255 bytes in UTF-8, and sign-in can carry it: no control characters
 * (RFC 7617 section 2), and nothing that stands for a token in the password's place.
 */
export function checkPassword(password: string): void {
  const bytes = Buffer.byteLength(password);
  if (bytes < minPasswordBytes || bytes > maxPasswordBytes) throw passwordInvalid(`has ${minPasswordBytes} to ${maxPasswordBytes} bytes`);
  if (/\p{Cc}/u.test(password) || !password.isWellFormed()) throw passwordInvalid("is text without control characters");
  if (looksLikeTokenSecret(password)) throw passwordInvalid("is nothing that has the form of a token");
  if (password === "x-oauth-basic") throw passwordInvalid("is not x-oauth-basic, which announces a token");
}

function passwordInvalid(rule: string): RegistryError {
  return new RegistryError("value_invalid", `a password ${rule}`, { subject: "password" });
}

/** Throws `value_invalid` for what cannot be an e-mail address. */
export function checkEmail(email: string): void {
  if (email.length > 254 || !/^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email))
    throw new RegistryError("value_invalid", "the e-mail address is invalid", { subject: "email" });
}

/** How many characters descriptive texts may have (Gitea's structs for users and organisations). */
const maxLengths = { full_name: 100, description: 255, website: 255, location: 50 } as const;

/** Throws `value_invalid` for a descriptive text that is too long. */
export function checkLength(field: keyof typeof maxLengths, text: string): void {
  const maxLength = maxLengths[field];
  if (text.length > maxLength)
    throw new RegistryError("value_invalid", `${field} has at most ${maxLength} characters`, { subject: field });
}
