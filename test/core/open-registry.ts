import { openMemoryBlobStore } from "../../src/blob-stores/memory.ts";
import type { Actor, Credential } from "../../src/core/actor.ts";
import type { AccessLevel, User } from "../../src/core/domain.ts";
import { createDownloadCounter } from "../../src/core/download-counter.ts";
import { createDeletedProjects } from "../../src/core/maintenance/deleted-projects.ts";
import { createDigestQueue } from "../../src/core/maintenance/digest-queue.ts";
import type { FileToPublish } from "../../src/core/operations/publish-file.ts";
import type { EventSink } from "../../src/core/ports/event-sink.ts";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { createRegistry } from "../../src/core/registry.ts";
import { createSignInGuard } from "../../src/core/sign-in-guard.ts";
import { createTokenUse } from "../../src/core/token-use.ts";
import { openMemoryStore } from "../../src/metadata-stores/memory.ts";
import { createSecretBox } from "../../src/secret-box.ts";
import { addNamespace, addUser, newToken, sha256Of } from "../contracts/metadata-store/records.ts";

const events: EventSink = { record: () => undefined };
const startMs = Date.UTC(2027, 0, 2, 3, 4, 5);

export type OpenedRegistry = Awaited<ReturnType<typeof openRegistry>>;

/**
 * A registry on stores in memory, with the private project `group/app`, the time of which the test sets; `wrap` stands
 * between it and its records.
 */
export async function openRegistry(wrap: (metadata: MetadataStore) => MetadataStore = (metadata) => metadata) {
  let nowMs = startMs;
  const clock = { nowMs: () => nowMs };
  const metadata = await openMemoryStore();
  const blobs = openMemoryBlobStore(clock);
  const registry = createRegistry({
    metadata: wrap(metadata),
    blobs,
    clock,
    events,
    passwords: { hash: async (password) => `hashed ${password}`, verify: async (password, stored) => stored === `hashed ${password}` },
    secrets: createSecretBox(Buffer.alloc(32, 7)),
    settings: { requireSignIn: false, limits: { ownerVersions: null, ownerBytes: null, fileBytes: null }, maxUploadBytes: null },
    deletedProjects: createDeletedProjects({ tree: metadata.tree, clock, events }),
    digests: createDigestQueue({ records: metadata.blobs, blobs, events }),
    downloads: createDownloadCounter(metadata.publishing, clock),
    signInGuard: createSignInGuard(clock),
    tokenUse: createTokenUse(metadata.tokens, clock),
    foreignJobs: null,
  });
  const group = await addNamespace(metadata, "group", null, "group", { visibility: "private" });
  const app = await addNamespace(metadata, "project", group.id, "app", { visibility: "private" });
  await addUser(metadata, "root", { isAdmin: true });

  /** A member of the project. */
  const addMember = async (name: string, level: AccessLevel): Promise<User> => {
    const user = await addUser(metadata, name);
    await metadata.namespaces.setGrant({ namespaceId: app.id, userId: user.id, level });
    return user;
  };
  const actorOf = (user: User, credential: Credential = { kind: "password" }): Actor => ({ kind: "user", user, credential });
  return {
    registry,
    metadata,
    blobs,
    clock,
    group,
    app,
    passMs: (ms: number): void => void (nowMs += ms),
    addMember,
    actorOf,
    signedIn: async (name: string): Promise<Actor> => {
      const user = await metadata.accounts.find(name);
      if (user === null) throw new Error(`there is no ${name}`);
      return actorOf(user);
    },
    tokenActor: async (user: User, scopes: readonly string[], expiresAtMs: number | null = null): Promise<Actor> => {
      const made = await metadata.tokens.create(newToken(user.id, `token of ${user.name}`, { scopes, expiresAtMs }));
      if (made.outcome !== "created") throw new Error(made.outcome);
      return actorOf(user, { kind: "token", tokenId: made.token.id, scopes });
    },
    jobActor: async (user: User, namespaceId: number): Promise<Actor> => {
      const expiresAtMs = nowMs + 60_000;
      const made = await metadata.jobTokens.create({ userId: user.id, namespaceId, secretSha256: sha256Of(`job of ${user.name} ${namespaceId}`), nowMs, expiresAtMs });
      if (made.outcome !== "created") throw new Error(made.outcome);
      return actorOf(user, { kind: "job", tokenId: made.token.id, namespaceId, expiresAtMs });
    },
    deployActor: async (namespaceId: number, scopes: readonly string[], expiresAtMs: number | null = null): Promise<Actor> => {
      const wanted = { namespaceId, name: "deploy", username: null, secretSha256: sha256Of(`deploy ${scopes.join()}`), scopes, nowMs, expiresAtMs };
      const made = await metadata.deployTokens.create(wanted);
      if (made.outcome !== "created") throw new Error(made.outcome);
      return { kind: "deploy_token", token: made.token };
    },
    /** The number of stored objects, and of what stands in staging. */
    stored: async (): Promise<readonly [placed: number, staged: number]> => [(await Array.fromAsync(blobs.list())).length, await blobs.staging("count")],
    /** What a file holds; null when it is absent. */
    textOf: async (path: string, name: { readonly packageName?: string; readonly version?: string } = {}): Promise<string | null> => {
      const found = await metadata.packages.findFile({ namespaceId: app.id, packageName: "p", version: "1.0.0", match: "exact", ...name, path });
      return found.found === "file" ? (await blobs.open(found.file.storageName, found.file.sizeBytes)).text() : null;
    },
  };
}

/** The content as a stream of small chunks; `during` runs between its two halves. */
export async function* contentOf(text: string, during: () => Promise<unknown> = async () => undefined): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  const middle = Math.ceil(bytes.length / 2);
  yield bytes.subarray(0, middle);
  await during();
  yield bytes.subarray(middle);
}

/** A file that says nothing of itself but its name. */
export function fileOf(text: string, given: Partial<FileToPublish> = {}): FileToPublish {
  return {
    packageName: "p",
    version: "1.0.0",
    path: "f",
    match: "exact",
    onDuplicate: "allow",
    status: null,
    reservation: null,
    expectedDigests: [],
    content: contentOf(text),
    announcedBytes: null,
    isLengthExact: false,
    ...given,
  };
}

/** `ok`, or the code of the refusal. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "ok",
    (error: unknown) => (error instanceof RegistryError ? error.code : String(error)),
  );
}
