/** What a check needs besides the password. */
export interface PasswordTurn {
  /** Who asks. Each sender has a share of the places to wait in, and turns go round among those who wait. */
  readonly from: string;
  /** Asked when the turn has come: whether the password was found right meanwhile, so that nothing is left to compute. */
  isFoundRight(): boolean;
  /** Told when the stored hash is none that can be read. */
  reportUnreadable(cause: unknown): void;
}

/** Slow hashing of passwords, bounded in memory and in how many wait. */
export interface PasswordHasher {
  /** A salted hash for storage. Throws `sign_in_busy` when too many wait already. */
  hash(password: string): Promise<string>;
  /**
   * Whether a password matches a stored hash; null stands for an account that does not exist and takes the same time, as
   * does a stored hash that cannot be read, which no password matches. Throws `sign_in_busy` when the sender has too many
   * checks waiting, or when all places are taken by senders with no more than this one.
   */
  verify(password: string, storedHash: string | null, turn: PasswordTurn): Promise<boolean>;
}
