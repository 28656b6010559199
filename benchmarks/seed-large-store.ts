import type { Database } from "bun:sqlite";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { foldName } from "../src/core/fold-name.ts";
import { openDatabase } from "../src/metadata-stores/sqlite-connection.ts";
import { requireSchema } from "../src/metadata-stores/migrate.ts";
import { storageNameOf } from "../src/blob-stores/storage-name.ts";
import { checkSeededStore } from "./check-seeded-store.ts";
import { createSeededBytes } from "./seeded-bytes.ts";
import { seededPackage, seededPath, seededVersion } from "./seeded-names.ts";

/** What is to be in the store beside what is there already. */
export interface SeedPlan {
  /** Data folder that a server has started on once, and that no server uses now. */
  readonly dataDirectory: string;
  /** Full paths of namespaces that exist; each gets the same share. */
  readonly namespaces: readonly string[];
  /** In all namespaces together. Half of a namespace's are in one package, `huge`, the others in packages of a hundred. */
  readonly versions: number;
  readonly filesPerVersion: number;
  /** Different contents, each named by many files. At most as many as there are files. */
  readonly blobs: number;
  readonly seed: number;
  say(text: string): void;
}

/** A file that was stored, for comparison. */
export interface SeededFile {
  readonly namespace: string;
  readonly packageName: string;
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
}

/** What was stored, after it was checked. */
export interface SeededStore {
  readonly versions: number;
  readonly files: number;
  readonly blobs: number;
  readonly seconds: number;
  /** Some files from all over the store. */
  readonly sample: readonly SeededFile[];
}

const rowsPerTransaction = 200_000;
const sampleSize = 100;
/** A prime: its multiples visit every content in turn unless there are a multiple of so many. */
const contentStep = 7_919;

interface Blob {
  readonly id: number;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/**
 * Fills a store as if everything had been published, a few hundred thousand rows in a second: the schema is the one that
 * the server's migrations made, its secondary indexes are built after the rows. The same seed gives the same store. Returns
 * when everything is on the disk and checked: the counts, every rule that `verify` looks at, and some files' bytes. Throws
 * when anything is wrong; the store is of no use then.
 */
export async function seedLargeStore(plan: SeedPlan): Promise<SeededStore> {
  const beganAtMs = performance.now();
  const files = plan.versions * plan.filesPerVersion;
  if (plan.blobs > files || plan.blobs % contentStep === 0) throw new Error(`${plan.blobs} contents cannot be spread over ${files} files`);
  const path = join(plan.dataDirectory, "stowage.db");
  const database = openDatabase(path);
  const sample: SeededFile[] = [];
  try {
    requireSchema(database, path);
    // Speed for the load only: what counts is that it is all on the disk when this function returns.
    for (const pragma of ["synchronous = OFF", "cache_size = -524288", "temp_store = MEMORY"]) database.run(`PRAGMA ${pragma}`);
    const blobs = seedBlobs(plan, database);
    plan.say(`${blobs.length} contents stored`);
    const restoreIndexes = dropSecondaryIndexes(database);
    seedRows(plan, database, blobs, sample);
    plan.say(`${files} files recorded, indexes follow`);
    restoreIndexes();
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
  if (Bun.spawnSync(["sync", "--file-system", plan.dataDirectory]).exitCode !== 0) throw new Error("the store could not be synced");
  plan.say("checking");
  await checkSeededStore(plan, sample);
  return { versions: plan.versions, files, blobs: plan.blobs, seconds: (performance.now() - beganAtMs) / 1000, sample };
}

/** Writes the contents and their records, further digests included, so that the server has nothing to add. */
function seedBlobs(plan: SeedPlan, database: Database): readonly Blob[] {
  const bytes = createSeededBytes(plan.seed);
  const insert = database.prepare(
    "INSERT INTO blobs (sha256, storage_name, size_bytes, md5, sha1, sha512, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
  );
  const folder = join(plan.dataDirectory, "blobs");
  const nowMs = Date.now();
  const blobs: Blob[] = [];
  database.run("BEGIN");
  for (let number = 0; number < plan.blobs; number += 1) {
    const content = bytes(number);
    const sha256 = Bun.SHA256.hash(content, "hex");
    const name = storageNameOf(sha256, Bun.MD5.hash(`${plan.seed} ${number}`, "hex"));
    mkdirSync(join(folder, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, sha256.slice(0, 2), name), content, { mode: 0o600, flag: "wx" });
    const digests = [Bun.MD5.hash(content, "hex"), Bun.SHA1.hash(content, "hex"), Bun.SHA512.hash(content, "hex")];
    blobs.push({ id: returnedId(insert.get(sha256, name, content.byteLength, ...digests, nowMs)), sha256, sizeBytes: content.byteLength });
  }
  database.run("COMMIT");
  return blobs;
}

/**
 * Building an index once from all rows takes a fraction of adding each row to it. The triggers that look names up in these
 * indexes go with them: no server is running that their counts would be for. Those that count a package's versions stay.
 */
function dropSecondaryIndexes(database: Database): () => void {
  const dropped = database
    .query<{ type: string; name: string; sql: string }, []>(
      "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('index', 'trigger') AND tbl_name IN ('files', 'versions') AND sql IS NOT NULL AND name NOT LIKE 'package_versions%'",
    )
    .all();
  for (const { type, name } of dropped) database.run(`DROP ${type} ${name}`);
  return () => {
    for (const { sql } of dropped) database.run(sql);
  };
}

interface Statements {
  readonly package: ReturnType<Database["prepare"]>;
  readonly version: ReturnType<Database["prepare"]>;
  readonly number: ReturnType<Database["prepare"]>;
  readonly file: ReturnType<Database["prepare"]>;
}

function prepareStatements(database: Database): Statements {
  return {
    package: database.prepare("INSERT INTO packages (namespace_id, name, name_folded, created_at_ms) VALUES (?, ?, ?, ?) RETURNING id"),
    version: database.prepare(
      `INSERT INTO versions (namespace_id, package_id, name, name_folded, creator_kind, creator_id, creator_name, created_at_ms, updated_at_ms)
       VALUES (?, ?, ?, ?, 'user', ?, ?, ?, ?) RETURNING id`,
    ),
    number: database.prepare(
      "INSERT INTO version_numbers (namespace_id, package_name, version, major, minor, patch) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    file: database.prepare("INSERT INTO files (version_id, path, path_folded, blob_id, created_at_ms) VALUES (?, ?, ?, ?, ?)"),
  };
}

function seedRows(plan: SeedPlan, database: Database, blobs: readonly Blob[], sample: SeededFile[]): void {
  const statements = prepareStatements(database);
  const perNamespace = Math.floor(plan.versions / plan.namespaces.length);
  const sampleEvery = Math.max(1, Math.floor(plan.versions / sampleSize));
  const firstMs = Date.now() - plan.versions;
  let versionNumber = 0;
  let fileNumber = 0;
  let rows = 0;
  database.run("BEGIN");
  for (const [index, namespace] of plan.namespaces.entries()) {
    const { id: namespaceId, creatorId, creatorName } = findNamespace(database, namespace);
    const count = index === 0 ? plan.versions - perNamespace * (plan.namespaces.length - 1) : perNamespace;
    let storedBytes = 0;
    let packageId = 0;
    let packageName = "";
    for (let number = 0; number < count; number += 1) {
      const { name, numberInPackage } = seededPackage(number, count);
      const createdAtMs = firstMs + versionNumber;
      if (name !== packageName) packageId = returnedId(statements.package.get(namespaceId, name, foldName(name), createdAtMs));
      packageName = name;
      const version = seededVersion(numberInPackage);
      const versionId = returnedId(
        statements.version.get(namespaceId, packageId, version, foldName(version), creatorId, creatorName, createdAtMs, createdAtMs),
      );
      statements.number.run(namespaceId, name, version, 1, Math.floor(numberInPackage / 1000), numberInPackage % 1000);
      for (let file = 0; file < plan.filesPerVersion; file += 1) {
        const blob = blobOf(blobs, fileNumber++);
        const path = seededPath(file);
        statements.file.run(versionId, path, foldName(path), blob.id, createdAtMs);
        storedBytes += blob.sizeBytes;
        if (file === 0 && versionNumber % sampleEvery === 0) sample.push({ namespace, packageName, version, path, sha256: blob.sha256 });
      }
      versionNumber += 1;
      rows += plan.filesPerVersion;
      if (rows >= rowsPerTransaction) {
        database.run("COMMIT");
        database.run("PRAGMA wal_checkpoint(TRUNCATE)");
        database.run("BEGIN");
        rows = 0;
      }
    }
    countAbove(database, namespaceId, count, storedBytes);
  }
  database.run("COMMIT");
}

function blobOf(blobs: readonly Blob[], fileNumber: number): Blob {
  const blob = blobs[(fileNumber * contentStep) % blobs.length];
  if (blob === undefined) throw new Error("there are no contents");
  return blob;
}

function findNamespace(database: Database, path: string) {
  const found = database
    .query<{ id: number }, [string]>("SELECT id FROM namespaces WHERE path_folded = ?")
    .get(foldName(path));
  const creator = database
    .query<{ id: number; path: string }, []>("SELECT n.id, n.path FROM users u JOIN namespaces n ON n.id = u.id ORDER BY u.id LIMIT 1")
    .get();
  if (found === null || creator === null) throw new Error(`the store has no namespace ${path}`);
  return { id: found.id, creatorId: creator.id, creatorName: creator.path };
}

/** A namespace counts what it and all below it hold. */
function countAbove(database: Database, namespaceId: number, versions: number, bytes: number): void {
  database.run(
    `WITH RECURSIVE above (id) AS (
       SELECT ? UNION ALL SELECT n.parent_id FROM namespaces n JOIN above a ON n.id = a.id WHERE n.parent_id IS NOT NULL)
     UPDATE namespaces SET version_count = version_count + ?, stored_bytes = stored_bytes + ? WHERE id IN (SELECT id FROM above)`,
    [namespaceId, versions, bytes],
  );
}

function returnedId(row: unknown): number {
  if (typeof row !== "object" || row === null || !("id" in row) || typeof row.id !== "number") throw new Error("an insert returned no row");
  return row.id;
}
