import { expect } from "bun:test";
import { sha256Of, type Content, type Contents } from "./fault-content.ts";
import { entryAfter } from "./fault-folder.ts";
import type { Violation } from "./fault-journal.ts";
import { oldFiles, rowsOf, type Shape } from "./fault-old-folder.ts";
import { recover } from "./fault-recovery.ts";

/** A folder of an older schema as it was before a start; no tables and no rows for an empty folder. */
export interface OldFolder {
  readonly shape: Shape;
  readonly rows: ReturnType<typeof rowsOf>;
}

/**
 * Starts on a folder whose upgrade came to no orderly end: every old row is as it was, every old file is served, and the new
 * one is taken.
 */
export async function judgeUpgrade(
  dataDirectory: string,
  { shape, rows }: OldFolder,
  { contents, added }: { readonly contents: Contents; readonly added: Content },
): Promise<readonly Violation[]> {
  const entries = [entryAfter("added/1.0/file.bin", null, { kind: "upload", content: added }, null)];
  return recover(dataDirectory, { entries: [], contents }, async ({ server, client }) => {
    // What the start itself notes may come on top.
    const now = rowsOf(dataDirectory, shape);
    for (const [table, old] of Object.entries(rows)) expect(now[table]).toEqual(expect.arrayContaining(old));
    const files = Object.keys(shape).length > 0 ? oldFiles : [];
    for (const { path, bytes } of files) expect(await client.read(path)).toEqual({ kind: "content", sizeBytes: bytes.byteLength, sha256: sha256Of(bytes) });
    for (const { path } of entries) expect(await client.put(path, contents.bytesOf(added))).toBe(201);
    expect(await server.stores.metadata.checkIntegrity()).toEqual([]);
  });
}
