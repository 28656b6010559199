import * as accounts from "./statements/accounts.ts";
import * as blobs from "./statements/blobs.ts";
import * as collection from "./statements/collection.ts";
import type { ArgumentsAfterConnection } from "./statements/connection.ts";
import * as namespaces from "./statements/namespaces.ts";
import * as publishing from "./statements/publishing.ts";
import * as teams from "./statements/teams.ts";
import * as tokens from "./statements/tokens.ts";

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
  createTeam: teams.createTeam,
  addTeamMember: teams.addTeamMember,
  removeTeamMember: teams.removeTeamMember,
  publish: publishing.publish,
  deleteVersion: publishing.deleteVersion,
  deleteFile: publishing.deleteFile,
  deletePackage: publishing.deletePackage,
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
