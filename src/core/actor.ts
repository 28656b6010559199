import type { DeployToken, User } from "./domain.ts";

/** How a signed-in caller proved who they are. */
export type Credential =
  | { readonly kind: "password" }
  | { readonly kind: "token"; readonly tokenId: number; readonly scopes: readonly string[] }
  /** A job token: the user's rights within one namespace, a stranger's elsewhere. Without id another server vouched for it. */
  | { readonly kind: "job";
      readonly tokenId: number | null;
      readonly namespaceId: number;
      readonly expiresAtMs: number;
      /** Asks again the server that vouched for it: its word may have run out in the course of a long upload. */
      readonly isStillVouchedFor?: () => Promise<boolean>;
    }
  /** The command line on the machine itself: whoever may write the data folder may do all. */
  | { readonly kind: "operator" };

/** A signed-in account. */
export interface UserActor {
  readonly kind: "user";
  readonly user: User;
  readonly credential: Credential;
}

/** Who asks. Every operation of the registry takes one. */
export type Actor =
  | { readonly kind: "anonymous" }
  | UserActor
  /** A token that belongs to a namespace and to no account. */
  | { readonly kind: "deploy_token"; readonly token: DeployToken };

/** Who has shown a credential. */
export type SignedInActor = Exclude<Actor, { kind: "anonymous" }>;

/** What logs call the actor. */
export function actorName(actor: SignedInActor): string {
  return actor.kind === "user" ? actor.user.name : actor.token.username;
}

export const anonymous: Actor = { kind: "anonymous" };

/** Whether the actor may do what only administrators may; a job token never may. */
export function actsAsAdministrator(actor: Actor): actor is UserActor {
  return actor.kind === "user" && actor.user.isAdmin && actor.credential.kind !== "job";
}
