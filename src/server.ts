import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { createDownloadCounter } from "./core/download-counter.ts";
import { createDigestQueue } from "./core/maintenance/digest-queue.ts";
import { systemClock, type Clock } from "./core/ports/clock.ts";
import type { RegistryEvent } from "./core/ports/event-sink.ts";
import { createRegistry, type Registry } from "./core/registry.ts";
import { RegistryError } from "./core/registry-error.ts";
import { createSignInGuard } from "./core/sign-in-guard.ts";
import { createTokenUse } from "./core/token-use.ts";
import { lockDataFolder } from "./data-lock.ts";
import { createGiteaDialect } from "./dialects/gitea/dialect.ts";
import { createFirstAdministrator, type FirstAdministrator } from "./first-start.ts";
import { createClientAddress } from "./http/client-address.ts";
import type { Log } from "./http/log.ts";
import { createMetrics } from "./http/metrics.ts";
import { createRequestRecorder } from "./http/request-recorder.ts";
import { listen } from "./listen.ts";
import { openStores, type Stores } from "./open-stores.ts";
import { createOperationRoutes } from "./operation-routes.ts";
import { createPasswordHasher } from "./password-hasher.ts";
import { createSchedule } from "./schedule.ts";

/** A server that runs. */
export interface RunningServer {
  /** Scheme, host and port that it listens on. */
  readonly url: string;
  readonly registry: Registry;
  readonly stores: Stores;
  /** Null unless this was the first start. */
  readonly firstAdministrator: FirstAdministrator | null;
  /** Takes no new requests, waits for running ones as long as configured, writes what is held back, frees the lock. */
  stop(): Promise<void>;
}

/** What the surroundings provide; tests replace the stores. */
export interface ServerParts {
  readonly log: Log;
  /** Called once when stored state is in doubt: the process has to end. */
  readonly onFatal: (cause: unknown) => void;
  readonly open?: typeof openStores;
  readonly clock?: Clock;
}

/** Composes configuration, stores, registry and dialects into a listening server. Throws when it cannot start. */
export async function startServer(config: Config, parts: ServerParts): Promise<RunningServer> {
  const lock = lockDataFolder(config.dataDirectory);
  try {
    const stores = await (parts.open ?? openStores)(config, "migrate");
    try {
      return await compose(config, parts, stores, lock);
    } catch (error) {
      await stores.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function compose(
  config: Config,
  parts: ServerParts,
  stores: Stores,
  lock: { release(): void },
): Promise<RunningServer> {
  const { log, clock = systemClock } = parts;
  const metrics = createMetrics();
  const storeErrors = metrics.counter("stowage_store_errors_total", "Faults of the stores, by kind.");
  const published = metrics.counter("stowage_files_published_total", "Files published.").labels({});
  const downloaded = metrics.counter("stowage_downloads_total", "Downloads begun.").labels({});
  let isFailed = false;
  const record = (event: RegistryEvent): void => {
    switch (event.kind) {
      case "file_published":
        return published.add(1);
      case "file_downloaded":
        return downloaded.add(1);
      case "blob_damaged":
        storeErrors.labels({ kind: event.kind }).add(1);
        return log.event({ level: "error", message: "a stored object is damaged", facts: { object: event.storageName, cause: reason(event.cause) } });
      case "background_failure":
        storeErrors.labels({ kind: event.kind }).add(1);
        if (isFatal(event.cause)) return record({ kind: "storage_failed", cause: event.cause });
        return log.event({ level: "error", message: `${event.task} failed`, facts: { cause: reason(event.cause) } });
      case "storage_failed":
        storeErrors.labels({ kind: event.kind }).add(1);
        if (isFailed) return;
        isFailed = true;
        log.event({ level: "error", message: "stored state is in doubt, the server ends and recovers at its next start", facts: { cause: reason(event.cause) } });
        parts.onFatal(event.cause);
    }
  };
  const events = { record };
  const { metadata, blobs } = stores;
  const passwords = createPasswordHasher();
  const digests = createDigestQueue({ records: metadata.blobs, blobs, events });
  const downloads = createDownloadCounter(metadata.publishing, clock);
  const tokenUse = createTokenUse(metadata.tokens, clock);
  const { requireSignIn, limits, maxUploadBytes } = config;
  const registry = createRegistry({
    metadata, blobs, clock, events, passwords, digests, downloads, tokenUse,
    signInGuard: createSignInGuard(clock),
    settings: { requireSignIn, limits, maxUploadBytes },
  });
  await blobs.staging("empty");
  await metadata.blobs.collection.forgetClaims();
  const firstAdministrator = await createFirstAdministrator({ metadata, passwords, clock }, config);

  const totals = async () => metadata.blobs.totals();
  metrics.gauge("stowage_blobs", "Stored blobs in use.", async () => (await totals()).blobs);
  metrics.gauge("stowage_blob_bytes", "Bytes of stored blobs in use.", async () => (await totals()).bytes);
  metrics.gauge("process_resident_memory_bytes", "Resident memory of this process.", () => process.memoryUsage.rss());
  const locateClient = createClientAddress(config.trustedProxies);
  const listener = listen(config, ({ peerOf, ownUrl, isStopping, noteReceived }) => {
    return createApp({
      dialects: [
        createGiteaDialect(registry),
        createOperationRoutes({ registry, metrics, metricsAccess: config.metricsAccess, checkReady: () => checkReady(stores) }),
      ],
      recorder: createRequestRecorder({ log, metrics }),
      locate: (request) => {
        const client = locateClient(peerOf(request), request.headers);
        return { clientAddress: client.address, publicUrl: () => publicUrlOf(config, client, request, ownUrl()) };
      },
      isStopping,
      noteReceived,
      reportFault: (error, requestId) => {
        if (isFatal(error)) return record({ kind: "storage_failed", cause: error });
        log.event({ level: "error", message: "a request failed", facts: { id: requestId, cause: reason(error) } });
      },
    });
  });
  const schedule = createSchedule({ config, stores, clock, events, log, flush: [downloads.flush, tokenUse.flush] });
  digests.wake();
  return {
    url: listener.url,
    registry,
    stores,
    firstAdministrator,
    stop: async () => {
      await listener.stop();
      await schedule.stop();
      await digests.stop();
      log.flush();
      await stores.close();
      lock.release();
    },
  };
}

async function checkReady(stores: Stores): Promise<void> {
  await stores.metadata.ping();
  await stores.blobs.staging("count");
}

function isFatal(error: unknown): boolean {
  return error instanceof RegistryError && error.code === "storage_failed";
}

/** What happened, for the log; the cause's message, never a stack. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

/** Under which address clients see the server: as configured, as a trusted proxy says, or as they asked for it. */
function publicUrlOf(
  config: Config,
  client: { readonly protocol: string | null; readonly host: string | null },
  request: Request,
  ownUrl: string,
): string {
  if (config.publicUrl !== null) return config.publicUrl;
  const host = client.host ?? request.headers.get("host");
  if (host === null || !/^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/.test(host)) return ownUrl;
  return `${client.protocol ?? (config.tls === null ? "http" : "https")}://${host}`;
}
