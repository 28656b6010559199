import type { AccessToken } from "../../core/domain.ts";
import type { HeldToken } from "../../core/ports/access-token-store.ts";
import { date, timestamp } from "./answers.ts";

/** lib/api/entities/personal_access_token.rb */
export function accessTokenJson(token: AccessToken, nowMs: number) {
  const isRevoked = token.revokedAtMs !== null;
  return {
    id: token.id,
    name: token.name,
    revoked: isRevoked,
    created_at: timestamp(token.createdAtMs),
    description: token.description === "" ? null : token.description,
    scopes: token.scopes,
    user_id: token.userId,
    last_used_at: token.lastUsedAtMs === null ? null : timestamp(token.lastUsedAtMs),
    active: !isRevoked && (token.expiresAtMs === null || token.expiresAtMs > nowMs),
    expires_at: token.expiresAtMs === null ? null : date(token.expiresAtMs),
  };
}

/** lib/api/entities/resource_access_token.rb; a revoked token has no level any more. */
export function resourceTokenJson({ token, level }: HeldToken, resource: { readonly id: number; readonly kind: string }, nowMs: number) {
  return {
    ...accessTokenJson(token, nowMs),
    access_level: level === 0 ? null : level,
    resource_type: resource.kind === "group" ? "group" : "project",
    resource_id: resource.id,
  };
}
