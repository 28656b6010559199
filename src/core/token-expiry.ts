import type { AccessToken } from "./domain.ts";

/** Whether a token's time is over; `nowMs` is epoch milliseconds. */
export function isExpired({ expiresAtMs }: Pick<AccessToken, "expiresAtMs">, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}
