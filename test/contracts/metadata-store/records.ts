import { afterEach, beforeEach } from "bun:test";
import { createHash } from "node:crypto";
import type { Namespace, Sha256, StorageName, Team, User } from "../../../src/core/domain.ts";
import { parseNamespaceName } from "../../../src/core/namespace-name.ts";
import type { NewUser } from "../../../src/core/ports/account-store.ts";
import type { MetadataStore } from "../../../src/core/ports/metadata-store.ts";
import type { NewGroup } from "../../../src/core/ports/namespace-store.ts";
import type { PublishCommand, PublishResult } from "../../../src/core/ports/publish-store.ts";
import type { NewTeam } from "../../../src/core/ports/team-store.ts";
import type { NewToken } from "../../../src/core/ports/token-store.ts";
import type { NewNamespace } from "../../../src/core/ports/tree-store.ts";

/** How an adapter's test opens a new, empty store. */
export type OpenMetadataStore = () => Promise<{ store: MetadataStore; close(): Promise<void> }>;

/** The store of the running test. */
export type CurrentStore = () => MetadataStore;

/** Opens a store before each test of the enclosing `describe` and closes it afterwards. */
export function openForEachTest(open: OpenMetadataStore): CurrentStore {
  let opened: Awaited<ReturnType<OpenMetadataStore>> | null = null;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(async () => {
    await opened?.close();
    opened = null;
  });
  return () => {
    if (opened === null) throw new Error("the store is open only within a test");
    return opened.store;
  };
}

export function newUser(name: string, given: Partial<NewUser> = {}): NewUser {
  return {
    name: parseNamespaceName(name),
    fullName: "",
    email: `${name}@example.com`,
    visibility: "public",
    passwordHash: "hash",
    isAdmin: false,
    isRestricted: false,
    nowMs: 1_000,
    ...given,
  };
}

export async function addUser(store: MetadataStore, name: string, given: Partial<NewUser> = {}): Promise<User> {
  const result = await store.accounts.create(newUser(name, given));
  if (result.outcome !== "created") throw new Error(`the user ${name} was not created: ${result.outcome}`);
  return result.user;
}

export function newGroup(name: string, given: Partial<NewGroup> = {}): NewGroup {
  return {
    name: parseNamespaceName(name),
    visibility: "public",
    fullName: "",
    description: "",
    email: "",
    website: "",
    location: "",
    ownerId: null,
    nowMs: 1_000,
    ...given,
  };
}

export async function addGroup(store: MetadataStore, name: string, given: Partial<NewGroup> = {}): Promise<Namespace> {
  const result = await store.namespaces.createGroup(newGroup(name, given));
  if (result.outcome !== "created") throw new Error(`the group ${name} was not created: ${result.outcome}`);
  return result.namespace;
}

export function newNamespace(kind: NewNamespace["kind"], parentId: number | null, name: string, given: Partial<NewNamespace> = {}): NewNamespace {
  return { kind, parentId, name, id: null, visibility: "public", fullName: "", description: "", ownerId: null, nowMs: 1_000, ...given };
}

export async function addNamespace(
  store: MetadataStore,
  kind: NewNamespace["kind"],
  parentId: number | null,
  name: string,
  given: Partial<NewNamespace> = {},
): Promise<Namespace> {
  const result = await store.tree.create(newNamespace(kind, parentId, name, given));
  if (result.outcome !== "created") throw new Error(`the ${kind} ${name} was not created: ${result.outcome}`);
  return result.namespace;
}

export async function addTeam(store: MetadataStore, namespaceId: number, given: Partial<NewTeam> = {}): Promise<Team> {
  const result = await store.teams.create({
    namespaceId,
    name: "team",
    description: "",
    permission: "write",
    units: { "repo.packages": "write" },
    level: 30,
    ...given,
  });
  if (result.outcome !== "created") throw new Error(`the team was not created: ${result.outcome}`);
  return result.team;
}

export function newToken(userId: number, name: string, given: Partial<NewToken> = {}): NewToken {
  return {
    userId,
    name,
    description: "",
    secretSha256: sha256Of(`secret of ${name}`),
    lastEight: "12345678",
    scopes: ["read:package"],
    nowMs: 1_000,
    expiresAtMs: null,
    isNameUnique: true,
    ...given,
  };
}

/** Lower-case hexadecimal. */
export function sha256Of(text: string): Sha256 {
  return createHash("sha256").update(text).digest("hex") as Sha256;
}

let blobsMade = 0;

/** Bytes as if just placed: the same content gets another physical name each time. */
export function newBlob(content: string): PublishCommand["blob"] {
  blobsMade += 1;
  const sha256 = sha256Of(content);
  const storageName = `${sha256}.${blobsMade.toString(16).padStart(32, "0")}` as StorageName;
  return { storageName, sha256, sizeBytes: Buffer.byteLength(content) };
}

/** What a test says of a file to publish; the rest does not matter to it. */
export interface GivenFile extends Partial<PublishCommand> {
  readonly content?: string;
}

export function publishCommand(namespaceId: number, { content = "content", ...given }: GivenFile = {}): PublishCommand {
  return {
    namespaceId,
    packageName: "package",
    version: "1.0",
    path: "file.bin",
    match: "exact",
    blob: newBlob(content),
    replaceDamaged: null,
    onDuplicate: "reject",
    status: null,
    reservationSha256: null,
    creator: { kind: "user", id: 1, name: "publisher" },
    limits: null,
    nowMs: 2_000,
    ...given,
  };
}

/** Publishes and returns what became of it. */
export function tryPublish(store: MetadataStore, namespaceId: number, file: GivenFile = {}): Promise<PublishResult> {
  return store.publishing.publish(publishCommand(namespaceId, file));
}

export type Published = Extract<PublishResult, { outcome: "published" }>;

/** Publishes a file that nothing refuses. */
export async function publish(store: MetadataStore, namespaceId: number, file: GivenFile = {}): Promise<Published> {
  const result = await tryPublish(store, namespaceId, file);
  if (result.outcome !== "published") throw new Error(`the file was not published: ${result.outcome}`);
  return result;
}

/** A file by name, or null. */
export async function findFile(store: MetadataStore, namespaceId: number, file: GivenFile = {}) {
  const { packageName, version, path, match } = publishCommand(namespaceId, file);
  const result = await store.packages.findFile({ namespaceId, packageName, version, path, match });
  return result.found === "file" ? result.file : null;
}

/**
 * What a promise is rejected with; null when it is fulfilled. Stands in for `expect(promise).rejects`, which in Bun runs
 * the event loop inside the test until the promise settles, later tests included.
 */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  );
}

/** How often each value occurs. */
export function countOf(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
