import type { MetadataStore } from "../core/ports/metadata-store.ts";
import type { Execute } from "./commands.ts";
import { createQuery, type Query } from "./queries.ts";
import * as accessTokens from "./statements/access-tokens.ts";
import * as accounts from "./statements/accounts.ts";
import * as blobs from "./statements/blobs.ts";
import * as collection from "./statements/collection.ts";
import type { SqlConnection } from "./statements/connection.ts";
import * as deployTokens from "./statements/deploy-tokens.ts";
import * as instance from "./statements/instance-settings.ts";
import * as jobTokens from "./statements/job-tokens.ts";
import * as members from "./statements/members.ts";
import * as namespaces from "./statements/namespaces.ts";
import * as packages from "./statements/packages.ts";
import * as protection from "./statements/protection.ts";
import * as releaseLinks from "./statements/release-links.ts";
import * as releases from "./statements/releases.ts";
import * as standings from "./statements/standings.ts";
import * as teams from "./statements/teams.ts";
import * as tokens from "./statements/tokens.ts";
import * as tree from "./statements/tree.ts";
import * as upkeep from "./statements/upkeep.ts";
import * as variables from "./statements/variables.ts";
import * as versionIndex from "./statements/version-index.ts";

/** What an engine brings: where to read, how to change, and its own upkeep. */
export interface SqlEngine {
  /** For look-ups by index, which the path of every download consists of. */
  readonly reader: SqlConnection;
  /** For what may look at many rows; without it, the reader answers that too. */
  readonly query?: Query;
  readonly execute: Execute;
  logBytes(): Promise<number>;
  checkIntegrity(): Promise<readonly string[]>;
  needsCheck(): boolean;
  checkQuickly(signal: AbortSignal): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The metadata port on the one set of statements, over any engine. */
export function createSqlMetadataStore(engine: SqlEngine): MetadataStore {
  const { reader, execute, query = createQuery(reader) } = engine;
  return {
    namespaces: {
      find: (path) => namespaces.findNamespace(reader, path),
      standing: (namespaceId, userId) => standings.namespaceStanding(reader, namespaceId, userId),
      list: (page) => query("listNamespaces", page),
      createGroup: (group) => execute("createGroup", group),
      update: (namespaceId, changes) => execute("updateNamespace", namespaceId, changes),
      deleteGroup: (namespaceId) => execute("deleteGroup", namespaceId),
      usage: (namespaceId) => namespaces.namespaceUsage(reader, namespaceId),
      setGrant: (grant) => execute("setGrant", grant),
    },
    tree: {
      findById: (namespaceId) => namespaces.findNamespaceById(reader, namespaceId),
      findFormer: (path) => tree.findFormerNamespace(reader, path),
      below: (rootId, userId, limit, extent) => query("listBelow", rootId, userId, limit, extent),
      create: (namespace) => execute("createNamespace", namespace),
      rename: (namespaceId, name) => execute("renameNamespace", namespaceId, name),
      deleteProject: (namespaceId, nowMs) => execute("deleteProject", namespaceId, nowMs),
      clearDeleted: (limit, nowMs) => execute("clearDeleted", limit, nowMs),
    },
    accounts: {
      find: (name) => accounts.findUser(reader, name),
      findById: (userId) => accounts.findUserById(reader, userId),
      hasAny: () => accounts.hasAnyUser(reader),
      list: (page) => query("listUsers", page),
      search: (search, order, page) => query("searchUsers", search, order, page),
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
    accessTokens: {
      find: (tokenId) => accessTokens.findHeldToken(reader, tokenId),
      list: (filter, page) => query("listHeldTokens", filter, page),
      revoke: (tokenId, nowMs) => execute("revokeToken", tokenId, nowMs),
      rotate: (rotation) => execute("rotateToken", rotation),
      createBot: (wanted) => execute("createBotToken", wanted),
    },
    deployTokens: {
      findBySecret: (secretSha256) => deployTokens.findDeployTokenBySecret(reader, secretSha256),
      find: (namespaceId, tokenId) => deployTokens.findDeployToken(reader, namespaceId, tokenId),
      list: (namespaceId, activeAtMs, page) => query("listDeployTokens", namespaceId, activeAtMs, page),
      create: (token) => execute("createDeployToken", token),
      delete: (namespaceId, tokenId) => execute("deleteDeployToken", namespaceId, tokenId),
    },
    jobTokens: {
      findBySecret: (secretSha256) => jobTokens.findJobTokenBySecret(reader, secretSha256),
      find: (tokenId) => jobTokens.findJobToken(reader, tokenId),
      create: (token) => execute("createJobToken", token),
      delete: (tokenId) => execute("deleteJobToken", tokenId),
      removeExpired: (beforeMs) => execute("removeExpiredJobTokens", beforeMs),
    },
    teams: {
      find: (teamId) => teams.findTeam(reader, teamId),
      create: (team) => execute("createTeam", team),
      addMember: (teamId, userId) => execute("addTeamMember", teamId, userId),
      removeMember: (teamId, userId) => execute("removeTeamMember", teamId, userId),
    },
    members: {
      list: (namespaceId, reach, text, page) => query("listMembers", namespaceId, reach, text, page),
      find: (namespaceId, reach, userId) => members.findMember(reader, namespaceId, reach, userId),
      levels: (namespaceId, userId) => members.memberLevels(reader, namespaceId, userId),
      add: (member) => execute("addMember", member),
      update: (namespaceId, userId, changes) => execute("updateMember", namespaceId, userId, changes),
      remove: (namespaceId, userId) => execute("removeMember", namespaceId, userId),
      removeExpired: async (nowMs) => ((await members.hasExpiredMembers(reader, nowMs)) ? execute("removeExpiredMembers", nowMs) : 0),
    },
    packages: {
      findFile: (name) => packages.findFile(reader, name),
      findVersion: (name) => packages.findVersion(reader, name),
      findPackage: (namespaceId, name, match) => packages.findPackage(reader, namespaceId, name, match),
      listVersions: (filter, page) => query("listVersions", filter, page),
      latestVersion: async (packageId) => (await packages.newestIfShown(reader, packageId)) ?? query("latestVersion", packageId),
      listFiles: (versionId, limit) => query("listFiles", versionId, limit),
      downloads: (versionId) => packages.versionDownloads(reader, versionId),
    },
    index: {
      listVersions: (filter, order, page) => query("listIndexedVersions", filter, order, page),
      findVersionById: (versionId) => packages.findVersionById(reader, versionId),
      listSiblings: (version, statuses, limit) => query("listSiblingVersions", version, statuses, limit),
      listRevisions: (versionId, order, page) => query("listRevisions", versionId, order, page),
      findRevision: (versionId, fileId) => versionIndex.findRevision(reader, versionId, fileId),
      listSuperfluous: (filter) => query("listSuperfluousVersions", filter),
      findRevisionById: (fileId) => versionIndex.findRevisionById(reader, fileId),
    },
    publishing: {
      publish: (command) => execute("publish", command),
      deleteVersion: (target) => execute("deleteVersion", target),
      deleteFile: (target) => execute("deleteFile", target),
      deleteRevision: (target) => execute("deleteRevision", target),
      trimRevisions: (target) => execute("trimRevisions", target),
      deletePackage: (target) => execute("deletePackage", target),
      addDownloads: (counts) => execute("addDownloads", counts),
      removeEmptyPackages: (createdBeforeMs) => execute("removeEmptyPackages", createdBeforeMs),
    },
    protection: {
      list: (namespaceId) => protection.listProtectionRules(reader, namespaceId),
      inForce: (namespaceId) => protection.protectionRulesInForce(reader, namespaceId),
      create: (rule, limit) => execute("createProtectionRule", rule, limit),
      update: (namespaceId, ruleId, changes) => execute("updateProtectionRule", namespaceId, ruleId, changes),
      delete: (namespaceId, ruleId) => execute("deleteProtectionRule", namespaceId, ruleId),
    },
    reservations: {
      reserve: (command, limit) => execute("reserveVersion", command, limit),
      removeExpired: (beforeMs) => execute("removeExpiredReservations", beforeMs),
    },
    variables: {
      list: (namespaceId, page) => query("listVariables", namespaceId, page),
      find: (namespaceId, key, scope) => variables.findVariables(reader, namespaceId, key, scope),
      create: (variable, limit) => execute("createVariable", variable, limit),
      update: (seen, changes) => execute("updateVariable", seen, changes),
      delete: (namespaceId, variableId) => execute("deleteVariable", namespaceId, variableId),
      hasAny: () => variables.hasVariables(reader),
    },
    releases: {
      find: (namespaceId, tag) => releases.findRelease(reader, namespaceId, tag),
      list: (namespaceId, order, page) => query("listReleases", namespaceId, order, page),
      latest: (namespaceId, nowMs) => releases.latestRelease(reader, namespaceId, nowMs),
      create: (release) => execute("createRelease", release),
      update: (namespaceId, tag, changes) => execute("updateRelease", namespaceId, tag, changes),
      delete: (namespaceId, tag) => execute("deleteRelease", namespaceId, tag),
    },
    releaseLinks: {
      findByPath: (namespaceId, tag, filepath) => releaseLinks.findLinkByPath(reader, namespaceId, tag, filepath),
      create: (releaseId, link, limit) => execute("createReleaseLink", releaseId, link, limit),
      update: (releaseId, linkId, changes) => execute("updateReleaseLink", releaseId, linkId, changes),
      delete: (releaseId, linkId) => execute("deleteReleaseLink", releaseId, linkId),
    },
    upkeep: {
      read: async () => upkeep.readUpkeep(reader),
      write: (changes) => execute("writeUpkeep", changes),
    },
    instance: {
      read: () => instance.readInstanceSettings(reader),
      write: (changes) => execute("writeInstanceSettings", changes),
    },
    blobs: {
      findLive: (sha256) => blobs.findLiveBlob(reader, sha256),
      findByStorageName: (storageName) => blobs.findBlobByStorageName(reader, storageName),
      list: (afterId, limit) => query("listBlobs", afterId, limit),
      listWithoutDigests: (afterId, limit) => blobs.listBlobsWithoutDigests(reader, afterId, limit),
      setDigests: (results) => execute("setDigests", results),
      setDamaged: (mark) => execute("setDamaged", mark),
      isNamedElsewhereOnly: (blobId, namespaceId) => blobs.isNamedElsewhereOnly(reader, blobId, namespaceId),
      countFiles: (blobId) => query("countBlobFiles", blobId),
      countDamaged: () => query("countDamagedBlobs"),
      totals: () => query("blobTotals"),
      collection: {
        claimUnreferenced: (beforeMs, limit) => execute("claimUnreferenced", beforeMs, limit),
        listDeleting: (limit) => collection.listDeleting(reader, limit),
        forget: (blobIds) => execute("forgetBlobs", blobIds),
        claimUnrecorded: (names, times) => execute("claimUnrecorded", names, times),
        unrecordedSince: (name) => collection.unrecordedSince(reader, name),
        sampleLive: (limit) => collection.sampleLive(reader, limit),
        recordsSince: () => collection.recordsSince(reader),
        forgetClaims: () => execute("forgetClaims"),
        findInconsistencies: (limit) => query("findInconsistencies", limit),
      },
    },
    ping: async () => {
      await reader.get("SELECT count(*) AS n FROM (SELECT 1 FROM namespaces LIMIT 1)");
    },
    logBytes: () => engine.logBytes(),
    checkIntegrity: () => engine.checkIntegrity(),
    needsCheck: () => engine.needsCheck(),
    checkQuickly: (signal) => engine.checkQuickly(signal),
    close: () => engine.close(),
  };
}
