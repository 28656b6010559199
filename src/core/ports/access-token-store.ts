import type { AccessLevel, AccessToken } from "../domain.ts";
import type { Page, PageRequest } from "./page.ts";

/** A token with what its account is. */
export interface HeldToken {
  readonly token: AccessToken;
  /** The namespace whose bot acts for it; null for a person's token. */
  readonly botOfNamespaceId: number | null;
  /** The bot's own level there; 0 where it has none any more, and for persons. */
  readonly level: AccessLevel;
}

/** Which tokens a list shows; null leaves out nothing. */
export interface TokenFilter {
  readonly userId: number | null;
  /** The tokens of this namespace's bots. */
  readonly botOfNamespaceId: number | null;
  readonly isRevoked: boolean | null;
  /** Those that are in force at a time, neither revoked nor expired, or those that are not. */
  readonly activity: { readonly isActive: boolean; readonly atMs: number } | null;
  /** A part of the name; ASCII letters in either case. */
  readonly nameContains: string | null;
}

/** The secret and the time of a token that takes another one's place. */
export interface TokenRotation {
  readonly tokenId: number;
  /** SHA-256 of the secret, lower-case hexadecimal. */
  readonly secretSha256: string;
  readonly lastEight: string;
  readonly nowMs: number;
  readonly expiresAtMs: number | null;
}

/** A token of a namespace, and the account that acts for it. */
export interface NewBotToken {
  readonly namespaceId: number;
  /** What the bot may do in the namespace and below. */
  readonly level: AccessLevel;
  readonly botName: string;
  readonly botEmail: string;
  /** Of a password that nobody knows. */
  readonly passwordHash: string;
  /** As who made it: whether it sees what every signed-in user sees. */
  readonly isRestricted: boolean;
  readonly tokenName: string;
  readonly description: string;
  /** SHA-256 of the secret, lower-case hexadecimal. */
  readonly secretSha256: string;
  readonly lastEight: string;
  readonly scopes: readonly string[];
  readonly nowMs: number;
  readonly expiresAtMs: number | null;
}

/** Tokens that are kept after their end, and the bots of namespaces. */
export interface AccessTokenStore {
  /** Revoked and expired ones too. */
  find(tokenId: number): Promise<HeldToken | null>;
  /** Ordered by id; revoked and expired ones too. */
  list(filter: TokenFilter, page: PageRequest): Promise<Page<HeldToken>>;
  /** Ends a token, and with a bot's token all that the bot was granted; false when it was revoked before, or never was. */
  revoke(tokenId: number, nowMs: number): Promise<boolean>;
  /** Ends a token and makes one of the same account, name and scopes. */
  rotate(rotation: TokenRotation): Promise<{ outcome: "rotated"; held: HeldToken } | { outcome: "absent" | "revoked" }>;
  /**
   * Makes the bot, its grant and its token at once. The bot is private and has no rights in the namespace of its own
   * name. `absent` when the namespace is gone, `taken` when an account has the bot's name or address.
   */
  createBot(wanted: NewBotToken): Promise<{ outcome: "created"; held: HeldToken } | { outcome: "absent" | "taken" }>;
}
