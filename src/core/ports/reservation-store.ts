import type { Creator } from "../domain.ts";
import type { WantedVersion } from "../semantic-version.ts";

/** A number to choose and hold. */
export interface ReservationCommand extends WantedVersion {
  readonly namespaceId: number;
  readonly packageName: string;
  /** An account or a deploy token. */
  readonly holder: Pick<Creator, "kind" | "id">;
  readonly secretSha256: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

export interface ReservationStore {
  /**
   * Chooses the number above every semantic version that the package has or had and every reservation made for it, and
   * notes it, all in one transaction: a number is never given twice. `exhausted` when there is none left, `too_many` when
   * the package has `limit` reservations in force.
   */
  reserve(command: ReservationCommand, limit: number): Promise<{ outcome: "reserved"; version: string } | { outcome: "absent" | "exhausted" | "too_many" }>;
  /** Forgets reservations that ended before a time, though not their numbers; how many. */
  removeExpired(beforeMs: number): Promise<number>;
}
