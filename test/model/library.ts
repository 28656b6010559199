import type { Actor } from "../../src/core/actor.ts";
import { createDownloadCounter } from "../../src/core/download-counter.ts";
import { createDeletedProjects } from "../../src/core/maintenance/deleted-projects.ts";
import type { DigestQueue } from "../../src/core/maintenance/digest-queue.ts";
import { parseNamespaceName } from "../../src/core/namespace-name.ts";
import type { BlobStore } from "../../src/core/ports/blob-store.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import type { EventSink } from "../../src/core/ports/event-sink.ts";
import type { MetadataStore } from "../../src/core/ports/metadata-store.ts";
import { createRegistry, type Registry } from "../../src/core/registry.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { createSignInGuard } from "../../src/core/sign-in-guard.ts";
import { createTokenUse } from "../../src/core/token-use.ts";
import { createPasswordHasher } from "../../src/password-hasher.ts";
import { createSecretBox } from "../../src/secret-box.ts";
import { contents, packages, type Request } from "./history.ts";
import type { Outcome } from "./package-model.ts";
import { numberOf } from "./recorder.ts";

/** What one request is carried out with. */
interface Means {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly digests: DigestQueue;
}

const passwords = createPasswordHasher();
const secrets = createSecretBox(Buffer.alloc(32, 7));

/** Makes the namespaces of the histories; carries out requests by the registry's own operations, without HTTP. */
export async function createLibrary(metadata: MetadataStore, nowMs: number) {
  const fields = { name: parseNamespaceName("root"), fullName: "", email: "root@example.com", visibility: "private", passwordHash: "none" } as const;
  const made = await metadata.accounts.create({ ...fields, isAdmin: true, isRestricted: false, nowMs });
  if (made.outcome !== "created") throw new Error(made.outcome);
  const group = { kind: "group", parentId: null, name: "same", id: null, visibility: "private", fullName: "", description: "" } as const;
  const created = await metadata.tree.create({ ...group, ownerId: null, settings: { duplicates: "identical" }, nowMs });
  if (created.outcome !== "created") throw new Error(created.outcome);
  const actor: Actor = { kind: "user", user: made.user, credential: { kind: "password" } };
  const settings = { requireSignIn: true, limits: { ownerVersions: null, ownerBytes: null, fileBytes: null }, maxUploadBytes: null };
  return {
    ask: async (means: Means, request: Request): Promise<Outcome> => {
      const registry = createRegistry({
        ...means, passwords, secrets, settings, foreignJobs: null,
        deletedProjects: createDeletedProjects({ tree: means.metadata.tree, clock: means.clock, events: means.events }),
        downloads: createDownloadCounter(means.metadata.publishing, means.clock, means.events),
        signInGuard: createSignInGuard(means.clock),
        tokenUse: createTokenUse(means.metadata.tokens, means.clock),
      });
      try {
        return await carryOut(registry, actor, request);
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}

async function carryOut(registry: Registry, actor: Actor, request: Request): Promise<Outcome> {
  const { namespace, name: packageName } = packages[request.package] ?? packages[0];
  const open = <Wanted extends "read" | "publish" | "delete">(wanted: Wanted) => registry.openNamespace(actor, namespace, wanted);
  const match = "dialect" in request && request.dialect === "gitlab" ? "exact" : "folded";
  switch (request.kind) {
    case "publish": {
      const { version, file: path, dialect } = request;
      const bytes = contents[request.content] ?? Buffer.alloc(0);
      await registry.publishFile(await open("publish"), {
        packageName, version, path, match, status: null, reservation: null, expectedDigests: [],
        onDuplicate: dialect === "gitea" ? "reject" : "allow",
        content: inTwoParts(bytes),
        announcedBytes: bytes.byteLength,
        isLengthExact: true,
      });
      return { kind: "done" };
    }
    case "read": {
      const { content } = await registry.readFile(await open("read"), { packageName, version: request.version, path: request.file, match }, true);
      return { kind: "content", content: numberOf(new Bun.CryptoHasher("sha256").update(await content.arrayBuffer()).digest("hex")) };
    }
    case "delete file":
      await registry.deleteFile(await open("delete"), { packageName, version: request.version, path: request.file, match });
      return { kind: "done" };
    case "delete version":
      await registry.deleteVersion(await open("delete"), { packageName, version: request.version, match });
      return { kind: "done" };
    case "delete package":
      await registry.deletePackage(await open("delete"), { packageName, match });
      return { kind: "done" };
    case "list files": {
      const version = await registry.findVersion(await open("read"), { packageName, version: request.version, match });
      const files = await registry.listFiles(version);
      return { kind: "files", files: Object.fromEntries(files.map(({ path, sha256 }) => [path, numberOf(sha256)])) };
    }
    case "list versions": {
      const page = await registry.listPackageVersions(await open("read"), { packageName, match }, { offset: 0, limit: 10 });
      return { kind: "versions", names: page.items.map(({ name }) => name) };
    }
    case "latest":
      return { kind: "latest", name: (await registry.latestVersion(await open("read"), { packageName, match })).name };
  }
}

async function* inTwoParts(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes.subarray(0, 7);
  yield bytes.subarray(7);
}

function outcomeOf(error: unknown): Outcome {
  const code = error instanceof RegistryError ? error.code : null;
  switch (code) {
    case "version_not_found":
    case "file_not_found":
    case "package_not_found":
      return { kind: "absent" };
    case "file_exists":
      return { kind: "conflict" };
    case "storage_busy":
      return { kind: "busy" };
    case "blob_damaged":
      return { kind: "damaged" };
    default:
      return { kind: "fault", detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
