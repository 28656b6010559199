import type { Upkeep } from "../../core/ports/upkeep-store.ts";
import type { SqlConnection } from "./connection.ts";

export async function readUpkeep(sql: SqlConnection): Promise<Upkeep> {
  const rows = await sql.all<{ name: string; value: number }>("SELECT name, value FROM upkeep");
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const valueOf = (name: keyof Upkeep): number | null => values.get(name) ?? null;
  return {
    scrubBeganAtMs: valueOf("scrubBeganAtMs"),
    scrubAfterBlobId: valueOf("scrubAfterBlobId"),
    lastScrubBeganAtMs: valueOf("lastScrubBeganAtMs"),
    lastScrubEndedAtMs: valueOf("lastScrubEndedAtMs"),
    lastCollectionBeganAtMs: valueOf("lastCollectionBeganAtMs"),
  };
}

export async function writeUpkeep(sql: SqlConnection, changes: Partial<Upkeep>): Promise<void> {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) await sql.run("DELETE FROM upkeep WHERE name = ?", name);
    else
      await sql.run(
        "INSERT INTO upkeep (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
      );
  }
}
