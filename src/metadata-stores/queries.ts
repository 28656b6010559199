import * as accessTokens from "./statements/access-tokens.ts";
import * as accounts from "./statements/accounts.ts";
import * as blobs from "./statements/blobs.ts";
import * as collection from "./statements/collection.ts";
import type { ArgumentsAfterConnection, SqlConnection } from "./statements/connection.ts";
import * as deployTokens from "./statements/deploy-tokens.ts";
import * as members from "./statements/members.ts";
import * as namespaces from "./statements/namespaces.ts";
import * as packages from "./statements/packages.ts";
import * as releases from "./statements/releases.ts";
import * as tokens from "./statements/tokens.ts";
import * as tree from "./statements/tree.ts";
import * as variables from "./statements/variables.ts";
import * as versionIndex from "./statements/version-index.ts";
import * as versionPages from "./statements/version-pages.ts";

/** Every read whose cost grows with what is stored, by name: what may cross to the thread that reads. */
const queries = {
  listNamespaces: namespaces.listNamespaces,
  listUsers: accounts.listUsers,
  searchUsers: accounts.searchUsers,
  listMembers: members.listMembers,
  listTokens: tokens.listTokens,
  listHeldTokens: accessTokens.listHeldTokens,
  listVersions: versionPages.listVersions,
  latestVersion: packages.latestVersion,
  listFiles: packages.listFiles,
  listBelow: tree.listBelow,
  listDeployTokens: deployTokens.listDeployTokens,
  listIndexedVersions: versionIndex.listIndexedVersions,
  listSiblingVersions: versionIndex.listSiblingVersions,
  listRevisions: versionIndex.listRevisions,
  listSuperfluousVersions: versionIndex.listSuperfluousVersions,
  listVariables: variables.listVariables,
  listReleases: releases.listReleases,
  listBlobs: blobs.listBlobs,
  blobTotals: blobs.blobTotals,
  countBlobFiles: blobs.countBlobFiles,
  countDamagedBlobs: blobs.countDamagedBlobs,
  findInconsistencies: collection.findInconsistencies,
  findDamage,
} as const;

type Queries = typeof queries;
export type QueryName = keyof Queries;

export type QueryResult<Name extends QueryName> = Awaited<ReturnType<Queries[Name]>>;

/** Answers one query; it sees every command that had returned when it was asked. */
export type Query = <Name extends QueryName>(
  name: Name,
  ...values: ArgumentsAfterConnection<Queries[Name]>
) => Promise<QueryResult<Name>>;

/** Answers a query of any name; the values have to be that query's own. */
export function answerQuery(sql: SqlConnection, name: QueryName, values: readonly unknown[]): Promise<unknown> {
  // Name and values belong together: the type of Query saw to it where they were given.
  return (queries[name] as (sql: SqlConnection, ...values: readonly unknown[]) => Promise<unknown>)(sql, ...values);
}

/** Queries over one connection, wherever it answers. */
export function createQuery(sql: SqlConnection): Query {
  return (name, ...values) => answerQuery(sql, name, values) as Promise<QueryResult<typeof name>>;
}

/**
 * What a look at the structure of the file finds wrong, in a fraction of the time that all of `findDamage` takes. Both throw
 * only where the file could not be looked at: an engine that calls it damaged has found a problem.
 */
export function findDamageQuickly(sql: SqlConnection): Promise<readonly string[]> {
  return lookThrough(sql, "quick_check");
}

/** What the engine finds wrong with its own file. */
function findDamage(sql: SqlConnection): Promise<readonly string[]> {
  return lookThrough(sql, "integrity_check");
}

async function lookThrough(sql: SqlConnection, check: "quick_check" | "integrity_check"): Promise<readonly string[]> {
  try {
    const rows = await sql.all<Readonly<Record<string, string>>>(`PRAGMA ${check}(100)`);
    const found = rows.flatMap((row) => Object.values(row)).filter((line) => line !== "ok");
    // References cannot be followed over pages that are damaged: that would throw what was found away.
    return found.length > 0 ? found : await findLostParents(sql);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [error.message];
  }
}

function isDamage(error: unknown): error is Error {
  return error instanceof Error && "code" in error && /^SQLITE_(CORRUPT|NOTADB)/.test(String(error.code));
}

/** Rows that name others which are not there. */
async function findLostParents(sql: SqlConnection): Promise<readonly string[]> {
  const rows = await sql.all<{ table: string; parent: string; rows: number }>(
    `SELECT "table", parent, count(*) AS rows FROM pragma_foreign_key_check() GROUP BY "table", parent LIMIT 100`,
  );
  return rows.map(({ table, parent, rows: count }) => `${count} rows of ${table} name rows of ${parent} that are absent`);
}
