import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFaultClient, type FaultClient } from "./fault-client.ts";
import { sha256Of, type Content, type Contents } from "./fault-content.ts";
import type { JournalEntry } from "./fault-journal.ts";
import { searchStored } from "./marker-search.ts";
import { startServer, type RunningServer } from "./server.ts";
import { until } from "./server-process.ts";

/** A window of the pool of contents. */
export function contentAt(contents: Contents, offset: number, sizeBytes: number): Content {
  return { offset, sizeBytes, sha256: sha256Of(contents.bytesOf({ offset, sizeBytes, sha256: "" })) };
}

/** A name that certainly holds something, or certainly nothing. */
export function settledEntry(path: string, holds: Content | null): JournalEntry {
  return { path, possible: [holds], pending: null };
}

/** What an answer, or its absence, says of a name that a request was about. */
export function entryAfter(
  path: string,
  before: Content | null,
  request: NonNullable<JournalEntry["pending"]>,
  status: number | null,
): JournalEntry {
  const after = request.kind === "upload" ? request.content : null;
  const isAcknowledged = status === (request.kind === "upload" ? 201 : 204);
  return isAcknowledged ? settledEntry(path, after) : { path, possible: [before, after], pending: request };
}

/** An empty folder with its real path, removed at the end of its scope. */
export function emptyFolder(): { readonly path: string } & Disposable {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "stowage-fault-")));
  return {
    path,
    [Symbol.dispose]: () => {
      searchStored(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Fills a data folder by a server, which has done all its work and is stopped when this returns. */
export async function fillFolder(
  dataDirectory: string,
  fill: (client: FaultClient, server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer({ STOWAGE_DATA: dataDirectory, STOWAGE_GC_INTERVAL_SECONDS: "0" });
  try {
    await fill(createFaultClient(server.url, server.admin), server);
    const { blobs } = server.stores.metadata;
    await until(async () => (await blobs.listWithoutDigests(0, 1)).length === 0, 10_000, "the digests of all files");
  } finally {
    await server.stop();
  }
}
