import { foldName } from "../../core/fold-name.ts";
import type { PublishCommand } from "../../core/ports/publish-store.ts";
import type { ReservationCommand } from "../../core/ports/reservation-store.ts";
import { RegistryError } from "../../core/registry-error.ts";
import { nextVersion, parseVersionNumber } from "../../core/semantic-version.ts";
import type { SqlConnection } from "./connection.ts";

/** Notes the number of a version that comes into being, if it has one. */
export async function noteVersionNumber(
  sql: SqlConnection,
  { namespaceId, packageName, version }: Pick<PublishCommand, "namespaceId" | "packageName" | "version">,
): Promise<void> {
  const number = parseVersionNumber(version);
  if (number === null) return;
  await sql.run(
    `INSERT INTO version_numbers (namespace_id, package_name, version, major, minor, patch) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (namespace_id, package_name, version) DO NOTHING`,
    namespaceId,
    packageName,
    version,
    number.major,
    number.minor,
    number.patch,
  );
}

/** Whether a reservation in force stands between this publisher and the version; names are compared as the publish compares them. */
export async function isHeldByAnother(sql: SqlConnection, command: PublishCommand): Promise<boolean> {
  const { match, packageName, version, creator } = command;
  const names = match === "exact" ? "package_name = ? AND version = ?" : "package_name_folded = ? AND version_folded = ?";
  const held = await sql.all<{ secret_sha256: string; holder_kind: string; holder_id: number }>(
    `SELECT secret_sha256, holder_kind, holder_id FROM reservations WHERE namespace_id = ? AND ${names} AND expires_at_ms > ?`,
    command.namespaceId,
    match === "exact" ? packageName : foldName(packageName),
    match === "exact" ? version : foldName(version),
    command.nowMs,
  );
  return held.some(
    (one) =>
      one.secret_sha256 !== command.reservationSha256 && (one.holder_kind !== creator.kind || one.holder_id !== creator.id),
  );
}

/** See ReservationStore.reserve. */
export async function reserveVersion(
  sql: SqlConnection,
  command: ReservationCommand,
  limit: number,
): Promise<{ outcome: "reserved"; version: string } | { outcome: "absent" | "exhausted" | "too_many" }> {
  const { namespaceId, packageName } = command;
  if ((await sql.get("SELECT id FROM namespaces WHERE id = ?", namespaceId)) === null) return { outcome: "absent" };
  const held = await sql.get<{ total: number }>(
    "SELECT count(*) AS total FROM reservations WHERE namespace_id = ? AND package_name = ? AND expires_at_ms > ?",
    namespaceId,
    packageName,
    command.nowMs,
  );
  if ((held?.total ?? 0) >= limit) return { outcome: "too_many" };
  // Only the numbers with the highest core can be the highest: one, and its prereleases.
  const highest = await sql.all<{ version: string }>(
    `SELECT version FROM version_numbers WHERE namespace_id = ? AND package_name = ? AND (major, minor, patch) = (
       SELECT major, minor, patch FROM version_numbers WHERE namespace_id = ? AND package_name = ?
       ORDER BY major DESC, minor DESC, patch DESC LIMIT 1)`,
    namespaceId,
    packageName,
    namespaceId,
    packageName,
  );
  const version = chooseVersion(command, highest.map((row) => row.version));
  if (version === null) return { outcome: "exhausted" };
  await noteVersionNumber(sql, { namespaceId, packageName, version });
  await sql.run(
    `INSERT INTO reservations (namespace_id, package_name, package_name_folded, version, version_folded, secret_sha256,
       holder_kind, holder_id, created_at_ms, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    namespaceId,
    packageName,
    foldName(packageName),
    version,
    foldName(version),
    command.secretSha256,
    command.holder.kind,
    command.holder.id,
    command.nowMs,
    command.expiresAtMs,
  );
  return { outcome: "reserved", version };
}

function chooseVersion(command: ReservationCommand, taken: readonly string[]): string | null {
  try {
    return nextVersion(command, taken);
  } catch (error) {
    if (error instanceof RegistryError && error.code === "value_invalid") return null;
    throw error;
  }
}

export async function removeExpiredReservations(sql: SqlConnection, beforeMs: number): Promise<number> {
  return sql.run("DELETE FROM reservations WHERE expires_at_ms < ?", beforeMs);
}
