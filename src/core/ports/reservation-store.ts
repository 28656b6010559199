/** Who holds a reservation: an account or a deploy token. */
export interface Holder {
  readonly kind: "user" | "deploy_token";
  readonly id: number;
}

/** A number to choose and hold. */
export interface ReservationCommand {
  readonly namespaceId: number;
  readonly packageName: string;
  readonly bump: "major" | "minor" | "patch" | "prerelease";
  readonly first: string | null;
  readonly preid: string | null;
  readonly holder: Holder;
  readonly secretSha256: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

export interface ReservationStore {
  /**
   * Chooses the number above every semantic version that the package has or had and every reservation made for it, and
   * notes it, all in one transaction: a number is never given twice. `exhausted` when there is none left.
   */
  reserve(command: ReservationCommand): Promise<{ outcome: "reserved"; version: string } | { outcome: "absent" | "exhausted" }>;
}
