import { Database } from "bun:sqlite";
import { join } from "node:path";
import { openStores } from "../src/open-stores.ts";
import type { SeededFile, SeedPlan } from "./seed-large-store.ts";

/** Throws unless the store holds what was planned, keeps every rule that `verify` looks at, and gives the sample's bytes. */
export async function checkSeededStore(plan: SeedPlan, sample: readonly SeededFile[]): Promise<void> {
  const path = join(plan.dataDirectory, "stowage.db");
  checkCounts(path, plan);
  const stores = await openStores(
    { database: { scheme: "sqlite", path }, blobs: { scheme: "file", directory: plan.dataDirectory } },
    "as_it_is",
  );
  try {
    const [problem] = await stores.metadata.blobs.collection.findInconsistencies(1);
    if (problem !== undefined) throw new Error(`the seeded store is inconsistent: ${problem}`);
    for (const file of sample) {
      const blob = blobOfFile(path, file);
      if (blob.sha256 !== file.sha256) throw new Error(`${file.packageName} ${file.version} names other bytes than it should`);
      const record = await stores.metadata.blobs.list(blob.id - 1, 1);
      const [found] = record;
      if (found === undefined) throw new Error(`${file.packageName} ${file.version} names no content`);
      const { sha256 } = await stores.blobs.hash(found.storageName, ["sha256"]);
      if (sha256 !== file.sha256) throw new Error(`${found.storageName} holds other bytes than its name says`);
    }
  } finally {
    await stores.close();
  }
}

function checkCounts(path: string, plan: SeedPlan): void {
  const database = new Database(path, { readonly: true });
  try {
    for (const [table, least] of [["versions", plan.versions], ["files", plan.versions * plan.filesPerVersion], ["blobs", plan.blobs]] as const) {
      const count = database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0;
      if (count < least) throw new Error(`the seeded store has ${count} ${table} instead of ${least}`);
    }
  } finally {
    database.close();
  }
}

function blobOfFile(path: string, file: SeededFile): { readonly id: number; readonly sha256: string } {
  const database = new Database(path, { readonly: true });
  try {
    const found = database
      .query<{ id: number; sha256: string }, [string, string, string, string]>(
        `SELECT b.id, b.sha256 FROM namespaces n JOIN packages p ON p.namespace_id = n.id JOIN versions v ON v.package_id = p.id
         JOIN files f ON f.version_id = v.id JOIN blobs b ON b.id = f.blob_id
         WHERE n.path_folded = ? AND p.name = ? AND v.name = ? AND f.path = ?`,
      )
      .get(file.namespace.toLowerCase(), file.packageName, file.version, file.path);
    if (found === null) throw new Error(`${file.packageName} ${file.version} is not in the store`);
    return found;
  } finally {
    database.close();
  }
}
