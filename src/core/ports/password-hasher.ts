/** Slow hashing of passwords, bounded in memory and in how many wait. */
export interface PasswordHasher {
  /** A salted hash for storage. */
  hash(password: string): Promise<string>;
  /**
   * Whether a password matches a stored hash; null stands for an account that does not exist and takes the same time.
   * Throws `sign_in_busy` when too many checks wait already.
   */
  verify(password: string, storedHash: string | null): Promise<boolean>;
}
