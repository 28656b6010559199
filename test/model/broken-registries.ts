import type { Database } from "bun:sqlite";
import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import { createSqliteConnection } from "../../src/metadata-stores/sqlite-connection.ts";
import type { SqlConnection } from "../../src/metadata-stores/statements/connection.ts";
import type { Breakage } from "./simulation.ts";

/** Registries that lack one guarantee each. The model has to tell every one of them from the whole registry. */
export const brokenRegistries: Readonly<Record<string, Breakage>> = {
  "answers a publish before its commit": {
    stores: ({ metadata, blobs, later }) => ({
      blobs,
      metadata: {
        ...metadata,
        publishing: {
          ...metadata.publishing,
          publish: async (command) => {
            later(() => metadata.publishing.publish(command));
            const file = { id: 0, versionId: 0, blobId: 0, createdAtMs: command.nowMs, path: command.path, isDamaged: false, ...command.blob };
            return { outcome: "published", file, isBlobUsed: true, isNewVersion: false };
          },
        },
      },
    }),
  },
  "records a file before its bytes are in place": {
    stores: ({ metadata, blobs, later }) => ({ metadata, blobs: { ...blobs, place: async (staged) => later(() => blobs.place(staged)) } }),
  },
  "answers a delete that it carries out later": {
    stores: ({ metadata, blobs, later }) => ({
      blobs,
      metadata: {
        ...metadata,
        publishing: {
          ...metadata.publishing,
          deleteFile: async (target) => {
            later(() => metadata.publishing.deleteFile(target));
            return "deleted";
          },
        },
      },
    }),
  },
  "names a blob again that is being deleted": edited([["blobs WHERE sha256 = ? AND state = 'live'", "blobs WHERE sha256 = ?"]]),
  "removes the bytes that it saw unreferenced without claiming them": edited([
    ["UPDATE blobs SET state = 'deleting' WHERE", "UPDATE blobs SET state = 'deleting' WHERE 0 AND"],
    [
      "FROM blobs WHERE state = 'deleting' ORDER BY",
      "FROM blobs WHERE unreferenced_since_ms IS NOT NULL AND unreferenced_since_ms < 9e15 ORDER BY",
    ],
    ["DELETE FROM blobs WHERE state = 'deleting' AND", "DELETE FROM blobs WHERE NOT EXISTS (SELECT 1 FROM files WHERE blob_id = blobs.id) AND"],
  ]),
};

/** The store in memory with other words in some of its statements. */
function edited(edits: readonly (readonly [from: string, to: string])[]): Breakage {
  const edit = (sql: string): string => edits.reduce((text, [from, to]) => text.replace(from, to), sql);
  const connect = (database: Database): SqlConnection => {
    const whole = createSqliteConnection(database);
    return {
      get: (sql, ...values) => whole.get(edit(sql), ...values),
      all: (sql, ...values) => whole.all(edit(sql), ...values),
      run: (sql, ...values) => whole.run(edit(sql), ...values),
    };
  };
  return { openMetadata: () => openMemoryStore(connect) };
}
