import * as accessTokens from "./statements/access-tokens.ts";
import * as accounts from "./statements/accounts.ts";
import * as blobs from "./statements/blobs.ts";
import * as collection from "./statements/collection.ts";
import type { ArgumentsAfterConnection } from "./statements/connection.ts";
import * as deleting from "./statements/deleting.ts";
import * as deployTokens from "./statements/deploy-tokens.ts";
import * as instance from "./statements/instance-settings.ts";
import * as jobTokens from "./statements/job-tokens.ts";
import * as members from "./statements/members.ts";
import * as namespaces from "./statements/namespaces.ts";
import * as protection from "./statements/protection.ts";
import * as publishing from "./statements/publishing.ts";
import * as releaseLinks from "./statements/release-links.ts";
import * as releases from "./statements/releases.ts";
import * as reservations from "./statements/reservations.ts";
import * as teams from "./statements/teams.ts";
import * as tokens from "./statements/tokens.ts";
import * as tree from "./statements/tree.ts";
import * as upkeep from "./statements/upkeep.ts";
import * as variables from "./statements/variables.ts";

/** Every command that changes records, by name: what may cross to the thread that writes. */
export const commands = {
  createGroup: namespaces.createGroup,
  updateNamespace: namespaces.updateNamespace,
  deleteGroup: namespaces.deleteGroup,
  setGrant: namespaces.setGrant,
  createUser: accounts.createUser,
  updateUser: accounts.updateUser,
  deleteUser: accounts.deleteUser,
  createToken: tokens.createToken,
  deleteToken: tokens.deleteToken,
  touchTokens: tokens.touchTokens,
  revokeToken: accessTokens.revokeToken,
  rotateToken: accessTokens.rotateToken,
  createBotToken: accessTokens.createBotToken,
  createTeam: teams.createTeam,
  addTeamMember: teams.addTeamMember,
  removeTeamMember: teams.removeTeamMember,
  addMember: members.addMember,
  updateMember: members.updateMember,
  removeMember: members.removeMember,
  removeExpiredMembers: members.removeExpiredMembers,
  publish: publishing.publish,
  deleteVersion: deleting.deleteVersion,
  deleteFile: deleting.deleteFile,
  deleteRevision: deleting.deleteRevision,
  trimRevisions: deleting.trimRevisions,
  deletePackage: deleting.deletePackage,
  createNamespace: tree.createNamespace,
  renameNamespace: tree.renameNamespace,
  deleteProject: tree.deleteProject,
  clearDeleted: tree.clearDeleted,
  createDeployToken: deployTokens.createDeployToken,
  deleteDeployToken: deployTokens.deleteDeployToken,
  createJobToken: jobTokens.createJobToken,
  deleteJobToken: jobTokens.deleteJobToken,
  removeExpiredJobTokens: jobTokens.removeExpiredJobTokens,
  createProtectionRule: protection.createProtectionRule,
  updateProtectionRule: protection.updateProtectionRule,
  deleteProtectionRule: protection.deleteProtectionRule,
  reserveVersion: reservations.reserveVersion,
  removeExpiredReservations: reservations.removeExpiredReservations,
  writeInstanceSettings: instance.writeInstanceSettings,
  writeUpkeep: upkeep.writeUpkeep,
  createVariable: variables.createVariable,
  updateVariable: variables.updateVariable,
  deleteVariable: variables.deleteVariable,
  createRelease: releases.createRelease,
  updateRelease: releases.updateRelease,
  deleteRelease: releases.deleteRelease,
  createReleaseLink: releaseLinks.createReleaseLink,
  updateReleaseLink: releaseLinks.updateReleaseLink,
  deleteReleaseLink: releaseLinks.deleteReleaseLink,
  addDownloads: publishing.addDownloads,
  removeEmptyPackages: publishing.removeEmptyPackages,
  setDigests: blobs.setDigests,
  setDamaged: blobs.setDamaged,
  claimUnreferenced: collection.claimUnreferenced,
  forgetBlobs: collection.forgetBlobs,
  claimUnrecorded: collection.claimUnrecorded,
  forgetClaims: collection.forgetClaims,
} as const;

type Commands = typeof commands;
export type CommandName = keyof Commands;

export type CommandResult<Name extends CommandName> = Awaited<ReturnType<Commands[Name]>>;

/** Runs one command to its end, durably. */
export type Execute = <Name extends CommandName>(
  name: Name,
  ...values: ArgumentsAfterConnection<Commands[Name]>
) => Promise<CommandResult<Name>>;
