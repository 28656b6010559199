/** A CI job of another server that vouches for it. */
export interface ForeignJob {
  readonly userName: string;
  readonly projectPath: string;
  /** Until when this may be relied on without asking again, epoch milliseconds. */
  readonly checkAgainAtMs: number;
}

/** Asks a GitLab about its own job tokens. */
export interface ForeignJobs {
  /**
   * The running job behind a token; null where that GitLab knows none. Answers within a few seconds; throws
   * `sign_in_busy` when the GitLab cannot be asked. A token that is not known is not asked about again at once.
   */
  find(secret: string): Promise<ForeignJob | null>;
}
