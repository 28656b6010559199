import { packageKinds, type InstanceSettings } from "../../core/ports/instance-settings-store.ts";
import type { SqlConnection } from "./connection.ts";

const limitPrefix = "max_file_bytes:";
const nextCleanup = "next_cleanup_at_ms";

export async function readInstanceSettings(sql: SqlConnection): Promise<InstanceSettings> {
  const rows = await sql.all<{ name: string; value: string }>("SELECT name, value FROM instance_settings");
  const values = new Map(rows.map(({ name, value }) => [name, Number(value)]));
  const limits = packageKinds.flatMap((kind) => {
    const bytes = values.get(limitPrefix + kind);
    return bytes === undefined ? [] : [[kind, bytes] as const];
  });
  return { maxFileBytes: Object.fromEntries(limits), nextCleanupAtMs: values.get(nextCleanup) ?? null };
}

export async function writeInstanceSettings(sql: SqlConnection, { maxFileBytes, nextCleanupAtMs }: Partial<InstanceSettings>): Promise<void> {
  const values = Object.entries(maxFileBytes ?? {}).map(([kind, bytes]) => [limitPrefix + kind, bytes] as const);
  for (const [name, value] of nextCleanupAtMs === undefined ? values : [...values, [nextCleanup, nextCleanupAtMs] as const]) {
    if (value === null) await sql.run("DELETE FROM instance_settings WHERE name = ?", name);
    else
      await sql.run(
        "INSERT INTO instance_settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        String(value),
      );
  }
}
