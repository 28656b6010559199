import type { Database } from "bun:sqlite";
import { parseVersionNumber } from "../../core/semantic-version.ts";

/** Notes the numbers of the versions that were there before numbers were kept. */
export function noteKnownVersionNumbers(database: Database): void {
  const insert = database.prepare(
    "INSERT INTO version_numbers (namespace_id, package_name, version, major, minor, patch) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const known = database.query<{ namespace_id: number; package_name: string; version: string }, []>(
    "SELECT v.namespace_id, p.name AS package_name, v.name AS version FROM versions v JOIN packages p ON p.id = v.package_id",
  );
  for (const { namespace_id: namespaceId, package_name: packageName, version } of known.iterate()) {
    const number = parseVersionNumber(version);
    if (number !== null) insert.run(namespaceId, packageName, version, number.major, number.minor, number.patch);
  }
}
