import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { createDownloadCounter } from "./core/download-counter.ts";
import { planCleanup } from "./core/maintenance/cleanup-plan.ts";
import { createDeletedProjects } from "./core/maintenance/deleted-projects.ts";
import { createDigestQueue } from "./core/maintenance/digest-queue.ts";
import { createRecordsCheck, type RecordsCheck } from "./core/maintenance/records-check.ts";
import { systemClock, type Clock } from "./core/ports/clock.ts";
import type { BlobTotals } from "./core/ports/blob-record-store.ts";
import type { SecretBox } from "./core/ports/secret-box.ts";
import { createRegistry, type Registry } from "./core/registry.ts";
import { createSignInGuard } from "./core/sign-in-guard.ts";
import { createTokenUse } from "./core/token-use.ts";
import { lockStores, type DataLock } from "./data-lock.ts";
import { createGiteaDialect } from "./dialects/gitea/dialect.ts";
import { createGitlabDialect } from "./dialects/gitlab/dialect.ts";
import { createNativeDialect } from "./dialects/native/dialect.ts";
import { watchEventLoop } from "./event-loop-lag.ts";
import { createEventRecord, type EventRecord } from "./event-record.ts";
import { createFirstAdministrator, type FirstAdministrator } from "./first-start.ts";
import { createClientAddress } from "./http/client-address.ts";
import type { Log } from "./http/log.ts";
import { createMetrics, type Metrics } from "./http/metrics.ts";
import { createRequestRecorder } from "./http/request-recorder.ts";
import { listen } from "./listen.ts";
import { openStores, type Stores } from "./open-stores.ts";
import { createOperationRoutes } from "./operation-routes.ts";
import { createPasswordHasher } from "./password-hasher.ts";
import { publicUrlOf } from "./public-url.ts";
import { createSchedule } from "./schedule.ts";
import { createSecretBox, openSecretBox } from "./secret-box.ts";

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

/** What the surroundings provide; tests replace the stores, and look at what listens. */
export interface ServerParts {
  readonly log: Log;
  /** Called once when stored state is in doubt: the process has to end. */
  readonly onFatal: (cause: unknown) => void;
  readonly open?: typeof openStores;
  readonly clock?: Clock;
  readonly listen?: typeof listen;
}

/** Composes configuration, stores, registry and dialects into a listening server. Throws when it cannot start. */
export async function startServer(config: Config, parts: ServerParts): Promise<RunningServer> {
  const metrics = createMetrics();
  const events = createEventRecord({ log: parts.log, metrics, onFatal: parts.onFatal });
  const lock = lockStores(config);
  try {
    const onFailure = (cause: unknown): void => events.record({ kind: "storage_failed", cause });
    const stores = await (parts.open ?? openStores)(config, "migrate", onFailure);
    try {
      return await compose(config, parts, { stores, lock, metrics, events });
    } catch (error) {
      await stores.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Foundations {
  readonly stores: Stores;
  readonly lock: DataLock;
  readonly metrics: Metrics;
  readonly events: EventRecord;
}

async function compose(config: Config, parts: ServerParts, foundations: Foundations): Promise<RunningServer> {
  const { log, clock = systemClock } = parts;
  const { stores, lock, metrics, events } = foundations;
  const { metadata, blobs } = stores;
  const passwords = createPasswordHasher();
  const digests = createDigestQueue({ records: metadata.blobs, blobs, events });
  const deletedProjects = createDeletedProjects({ tree: metadata.tree, clock, events });
  const downloads = createDownloadCounter(metadata.publishing, clock, events);
  const tokenUse = createTokenUse(metadata.tokens, clock);
  const { requireSignIn, limits, maxUploadBytes, gitlabUrl } = config;
  const foreignJobs = gitlabUrl === null ? null : (await import("./gitlab-jobs.ts")).createGitlabJobs({ url: gitlabUrl, clock });
  const registry = createRegistry({
    metadata, blobs, clock, events, passwords, digests, deletedProjects, downloads, tokenUse, foreignJobs,
    secrets: await openSecrets(config, stores),
    signInGuard: createSignInGuard(clock),
    settings: { requireSignIn, limits, maxUploadBytes },
  });
  await blobs.staging("empty");
  await metadata.blobs.collection.forgetClaims();
  // Those that ended while no server ran.
  await metadata.members.removeExpired(clock.nowMs());
  const firstAdministrator = await createFirstAdministrator({ metadata, passwords, clock }, config);
  await planCleanup({ metadata, clock });
  const recordsCheck = createRecordsCheck({ metadata, events });
  if (recordsCheck.begin())
    log.event({ level: "warning", message: "the last stop was not an orderly one: the records are checked in the background" });

  addGauges(metrics, stores, { clock, recordsCheck });
  const locateClient = createClientAddress(config.trustedProxies);
  const listener = (parts.listen ?? listen)(config, ({ peerOf, ownUrl, isStopping, noteReceived }) =>
    createApp({
      dialects: [
        createGiteaDialect(registry),
        createNativeDialect(registry),
        createGitlabDialect(registry, config.gitlab, { ...config.gitlab.rateLimit, nowMs: () => clock.nowMs() }),
        createOperationRoutes({ registry, metrics, metricsAccess: config.metricsAccess, checkReady: () => checkReady(stores, recordsCheck) }),
      ],
      recorder: createRequestRecorder({ log, metrics }),
      locate: (request) => {
        const client = locateClient(peerOf(request), request.headers);
        return { clientAddress: client.address, publicUrl: () => publicUrlOf(config, client, request, ownUrl()) };
      },
      isStopping,
      noteReceived,
      reportFault: events.fault,
    }),
  );
  const schedule = createSchedule({ config, stores, clock, events, log, flush: [downloads.flush, tokenUse.flush] });
  const eventLoop = watchEventLoop(metrics);
  digests.wake();
  deletedProjects.wake();
  return {
    url: listener.url,
    registry,
    stores,
    firstAdministrator,
    stop: async () => {
      await listener.stop();
      eventLoop.stop();
      await schedule.stop();
      await digests.stop();
      await deletedProjects.stop();
      await recordsCheck.stop();
      log.flush();
      await stores.close();
      lock.release();
    },
  };
}

/** The key lies in the data folder, never in the database; what is sealed in memory needs none that outlives the process. */
async function openSecrets({ database, dataDirectory }: Config, { metadata }: Stores): Promise<SecretBox> {
  if (database.scheme === "memory") return createSecretBox(randomBytes(32));
  return openSecretBox(join(dataDirectory, "secret.key"), await metadata.variables.hasAny());
}

async function checkReady(stores: Stores, recordsCheck: RecordsCheck): Promise<void> {
  if (recordsCheck.state() === "damaged") throw new Error("the records are damaged");
  await stores.metadata.ping();
  await stores.blobs.staging("count");
}

/** Levels that are read when somebody asks for the metrics. */
function addGauges(
  metrics: Metrics,
  { metadata }: Stores,
  { clock, recordsCheck }: { readonly clock: Clock; readonly recordsCheck: RecordsCheck },
): void {
  let reading: Promise<BlobTotals> | null = null;
  const totals = (): Promise<BlobTotals> => {
    reading ??= metadata.blobs.totals().finally(() => {
      reading = null;
    });
    return reading;
  };
  metrics.gauge("stowage_blobs", "Stored blobs in use.", async () => (await totals()).blobs);
  metrics.gauge("stowage_blob_bytes", "Bytes of stored blobs in use.", async () => (await totals()).bytes);
  metrics.gauge("stowage_damaged_blobs", "Stored blobs that are out of service because their bytes are damaged.", () => metadata.blobs.countDamaged());
  metrics.gauge("stowage_scrub_age_seconds", "Time since the last scheduled check of all stored blobs ended, or since the first start.", async () => {
    const sinceMs = (await metadata.upkeep.read()).lastScrubEndedAtMs ?? (await metadata.blobs.collection.recordsSince());
    return sinceMs === null ? 0 : Math.max(0, Math.round((clock.nowMs() - sinceMs) / 1000));
  });
  metrics.gauge("stowage_records_log_bytes", "Size of the log in which records are written before they are moved into the database.", () => metadata.logBytes());
  metrics.gauge("stowage_records_damaged", "1 when the check after an unclean stop found the records damaged.", () =>
    recordsCheck.state() === "damaged" ? 1 : 0,
  );
  metrics.gauge("stowage_records_unknown", "1 when the check after an unclean stop could not be carried out, so that nobody knows whether the records are sound.", () =>
    recordsCheck.state() === "unknown" ? 1 : 0,
  );
  metrics.gauge("process_resident_memory_bytes", "Resident memory of this process.", () => process.memoryUsage.rss());
}
