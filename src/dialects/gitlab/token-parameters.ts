import { isKnownScope, type ScopeVocabulary } from "../../core/scopes.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { dayStart, optionalDay } from "./given-time.ts";

/** The scopes of a token to make, as a list or as text with commas (gitbeaker's command line sends one bare word). */
export function givenScopes(reader: ParameterReader, vocabulary: ScopeVocabulary): readonly string[] {
  const scopes = reader.requiredList("scopes");
  if (scopes.some((scope) => !isKnownScope(scope, vocabulary))) reader.refuse("scopes", "does not have a valid value");
  return scopes;
}

/** What personal, project and group access tokens are made with; without `expires_at` they do not expire. */
export function givenToken(reader: ParameterReader) {
  return {
    name: reader.requiredText("name"),
    description: reader.optionalText("description") ?? "",
    scopes: givenScopes(reader, "gitlab"),
    expiresAtMs: optionalDay(reader, "expires_at"),
  };
}

/** When a rotated token ends: the day that is given, else in a week (doc: rotate a personal access token). */
export function rotatedUntil(reader: ParameterReader, nowMs: number): number {
  return optionalDay(reader, "expires_at") ?? dayStart(nowMs, 7);
}

/** Which tokens a list shows. */
export function givenSearch(reader: ParameterReader) {
  const state = reader.optionalOneOf("state", ["active", "inactive"]);
  const search = reader.optionalText("search") ?? "";
  return {
    isActive: state === undefined || state === null ? null : state === "active",
    isRevoked: reader.optionalBoolean("revoked") ?? null,
    nameContains: search === "" ? null : search,
  };
}
