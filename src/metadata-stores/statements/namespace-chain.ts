import type { SqlConnection } from "./connection.ts";

/** A namespace on the path, with what limits look at. */
export interface ChainLink {
  readonly id: number;
  readonly parent_id: number | null;
  readonly limits: string;
  readonly version_count: number;
  readonly stored_bytes: number;
}

/** The namespace and everything above it, itself first; empty when it does not exist. */
export async function namespaceChain(sql: SqlConnection, namespaceId: number): Promise<readonly ChainLink[]> {
  const chain: ChainLink[] = [];
  let next: number | null = namespaceId;
  while (next !== null) {
    const link: ChainLink | null = await sql.get<ChainLink>(
      "SELECT id, parent_id, limits, version_count, stored_bytes FROM namespaces WHERE id = ? AND deleted_at_ms IS NULL",
      next,
    );
    if (link === null) return [];
    chain.push(link);
    next = link.parent_id;
  }
  return chain;
}

/** Adds to the counters of a namespace and of everything above it. */
export async function countInChain(
  sql: SqlConnection,
  chain: readonly { readonly id: number }[],
  change: { readonly versions: number; readonly bytes: number },
): Promise<void> {
  for (const link of chain)
    await sql.run(
      "UPDATE namespaces SET version_count = version_count + ?, stored_bytes = stored_bytes + ? WHERE id = ?",
      change.versions,
      change.bytes,
      link.id,
    );
}
