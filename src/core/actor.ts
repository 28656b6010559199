import type { User } from "./domain.ts";

/** How a signed-in caller proved who they are. */
export type Credential =
  | { readonly kind: "password" }
  | { readonly kind: "token"; readonly tokenId: number; readonly scopes: readonly string[] }
  /** The command line on the machine itself: whoever may write the data folder may do all. */
  | { readonly kind: "operator" };

/** Who asks. Every operation of the registry takes one. */
export type Actor =
  | { readonly kind: "anonymous" }
  | { readonly kind: "user"; readonly user: User; readonly credential: Credential };

export const anonymous: Actor = { kind: "anonymous" };
