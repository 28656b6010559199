import type { MetadataStore } from "../core/ports/metadata-store.ts";
import type { Execute } from "./commands.ts";
import { createQuery, type Query } from "./queries.ts";
import * as accounts from "./statements/accounts.ts";
import * as blobs from "./statements/blobs.ts";
import * as collection from "./statements/collection.ts";
import type { SqlConnection } from "./statements/connection.ts";
import * as namespaces from "./statements/namespaces.ts";
import * as packages from "./statements/packages.ts";
import * as teams from "./statements/teams.ts";
import * as tokens from "./statements/tokens.ts";

/** What an engine brings: where to read, how to change, and its own upkeep. */
export interface SqlEngine {
  /** For look-ups by index, which the path of every download consists of. */
  readonly reader: SqlConnection;
  /** For what may look at many rows; without it, the reader answers that too. */
  readonly query?: Query;
  readonly execute: Execute;
  checkIntegrity(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The metadata port on the one set of statements, over any engine. */
export function createSqlMetadataStore(engine: SqlEngine): MetadataStore {
  const { reader, execute, query = createQuery(reader) } = engine;
  return {
    namespaces: {
      find: (path) => namespaces.findNamespace(reader, path),
      standing: (namespaceId, userId) => namespaces.namespaceStanding(reader, namespaceId, userId),
      list: (page) => query("listNamespaces", page),
      createGroup: (group) => execute("createGroup", group),
      update: (namespaceId, changes) => execute("updateNamespace", namespaceId, changes),
      deleteGroup: (namespaceId) => execute("deleteGroup", namespaceId),
      usage: (namespaceId) => namespaces.namespaceUsage(reader, namespaceId),
      setGrant: (grant) => execute("setGrant", grant),
    },
    accounts: {
      find: (name) => accounts.findUser(reader, name),
      findById: (userId) => accounts.findUserById(reader, userId),
      list: (page) => query("listUsers", page),
      create: (user) => execute("createUser", user),
      update: (userId, changes) => execute("updateUser", userId, changes),
      delete: (userId) => execute("deleteUser", userId),
    },
    tokens: {
      findBySecret: (secretSha256) => tokens.findTokenBySecret(reader, secretSha256),
      findById: (tokenId) => tokens.findTokenById(reader, tokenId),
      list: (userId, page) => query("listTokens", userId, page),
      create: (token) => execute("createToken", token),
      delete: (userId, token) => execute("deleteToken", userId, token),
      touch: (uses) => execute("touchTokens", uses),
    },
    teams: {
      find: (teamId) => teams.findTeam(reader, teamId),
      create: (team) => execute("createTeam", team),
      addMember: (teamId, userId) => execute("addTeamMember", teamId, userId),
      removeMember: (teamId, userId) => execute("removeTeamMember", teamId, userId),
    },
    packages: {
      findFile: (name) => packages.findFile(reader, name),
      findVersion: (name) => packages.findVersion(reader, name),
      findPackage: (namespaceId, name, match) => packages.findPackage(reader, namespaceId, name, match),
      listVersions: (filter, page) => query("listVersions", filter, page),
      latestVersion: (packageId) => query("latestVersion", packageId),
      listFiles: (versionId, limit) => query("listFiles", versionId, limit),
      downloads: (versionId) => packages.versionDownloads(reader, versionId),
    },
    publishing: {
      publish: (command) => execute("publish", command),
      deleteVersion: (target) => execute("deleteVersion", target),
      deleteFile: (target) => execute("deleteFile", target),
      deletePackage: (target) => execute("deletePackage", target),
      addDownloads: (counts) => execute("addDownloads", counts),
      removeEmptyPackages: (createdBeforeMs) => execute("removeEmptyPackages", createdBeforeMs),
    },
    blobs: {
      findLive: (sha256) => blobs.findLiveBlob(reader, sha256),
      findByStorageName: (storageName) => blobs.findBlobByStorageName(reader, storageName),
      list: (afterId, limit) => query("listBlobs", afterId, limit),
      listWithoutDigests: (afterId, limit) => blobs.listBlobsWithoutDigests(reader, afterId, limit),
      setDigests: (results) => execute("setDigests", results),
      setDamaged: (mark) => execute("setDamaged", mark),
      totals: () => query("blobTotals"),
      collection: {
        claimUnreferenced: (beforeMs, limit) => execute("claimUnreferenced", beforeMs, limit),
        listDeleting: (limit) => collection.listDeleting(reader, limit),
        forget: (blobIds) => execute("forgetBlobs", blobIds),
        claimUnrecorded: (names, times) => execute("claimUnrecorded", names, times),
        recordsSince: () => collection.recordsSince(reader),
        forgetClaims: () => execute("forgetClaims"),
        findInconsistencies: (limit) => query("findInconsistencies", limit),
      },
    },
    ping: async () => {
      await reader.get("SELECT count(*) AS n FROM (SELECT 1 FROM namespaces LIMIT 1)");
    },
    checkIntegrity: () => engine.checkIntegrity(),
    close: () => engine.close(),
  };
}
