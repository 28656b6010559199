import type { EventSink, RegistryEvent } from "./core/ports/event-sink.ts";
import { RegistryError } from "./core/registry-error.ts";
import type { Log } from "./http/log.ts";
import type { Metrics } from "./http/metrics.ts";

/** Where everything that happens is written down. */
export interface EventRecord extends EventSink {
  /** A request failed for a reason that is no refusal. */
  fault(error: unknown, requestId: string): void;
}

/**
 * Turns events into lines of the log and counts. A failed sync or commit, whoever met it, ends in `onFatal`, which is
 * called once.
 */
export function createEventRecord(parts: {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly onFatal: (cause: unknown) => void;
}): EventRecord {
  const { log, metrics, onFatal } = parts;
  const storeErrors = metrics.counter("stowage_store_errors_total", "Faults of the stores, by kind.");
  const published = metrics.counter("stowage_files_published_total", "Files published.").labels({});
  const downloaded = metrics.counter("stowage_downloads_total", "Downloads begun.").labels({});
  const cleaned = metrics.counter("stowage_cleaned_revisions_total", "Superseded revisions of files removed by cleanup policies.").labels({});
  const scrubbed = metrics.counter("stowage_scrubbed_blobs_total", "Stored blobs read again by the scheduled check.").labels({});
  const scrubbedBytes = metrics.counter("stowage_scrubbed_bytes_total", "Bytes read again by the scheduled check.").labels({});
  const collections = metrics.counter("stowage_collections_total", "Collections that have run to their end.").labels({});
  let isFailed = false;

  const fail = (cause: unknown): void => {
    storeErrors.labels({ kind: "storage_failed" }).add(1);
    if (isFailed) return;
    isFailed = true;
    const message = "stored state is in doubt, the server ends and recovers at its next start";
    log.event({ level: "error", message, facts: { cause: reasonOf(cause) } });
    onFatal(cause);
  };
  const record = (event: RegistryEvent): void => {
    switch (event.kind) {
      case "file_published":
        return published.add(1);
      case "file_downloaded":
        return downloaded.add(1);
      case "revisions_cleaned":
        return cleaned.add(event.count);
      case "collection_ended":
        return collections.add(1);
      case "blob_damaged": {
        storeErrors.labels({ kind: event.kind }).add(1);
        const facts = { object: event.storageName, files: event.fileCount ?? null, cause: reasonOf(event.cause) };
        return log.event({ level: "error", message: "a stored object is damaged", facts });
      }
      case "blob_unreadable": {
        if (isFatal(event.cause)) return fail(event.cause);
        storeErrors.labels({ kind: event.kind }).add(1);
        const facts = { object: event.storageName, cause: reasonOf(event.cause) };
        return log.event({ level: "error", message: "a stored object could not be read", facts });
      }
      case "blob_scrubbed":
        scrubbed.add(1);
        return scrubbedBytes.add(event.sizeBytes);
      case "records_checked": {
        if (event.problems.length === 0)
          return log.event({ level: "info", message: "the records were checked after an unclean stop and are sound" });
        storeErrors.labels({ kind: "records_damaged" }).add(1);
        const facts = { problems: event.problems.length, first: event.problems[0] ?? null };
        return log.event({ level: "error", message: "the records are damaged: stop the server and restore a backup", facts });
      }
      case "background_failure":
        if (isFatal(event.cause)) return fail(event.cause);
        storeErrors.labels({ kind: event.kind }).add(1);
        return log.event({ level: "error", message: `${event.task} failed`, facts: { cause: reasonOf(event.cause) } });
      case "storage_failed":
        return fail(event.cause);
    }
  };
  return {
    record,
    fault: (error, requestId) => {
      if (isFatal(error)) return fail(error);
      log.event({ level: "error", message: "a request failed", facts: { id: requestId, cause: reasonOf(error) } });
    },
  };
}

function isFatal(error: unknown): boolean {
  return error instanceof RegistryError && error.code === "storage_failed";
}

/** What happened, for the log: messages, never a stack. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
