import type { Actor } from "./actor.ts";
import type { Capability } from "./permissions.ts";
import type { RegistryDependencies } from "./registry-dependencies.ts";
import type { ScopeArea } from "./scopes.ts";
import * as accounts from "./operations/manage-accounts.ts";
import * as deleting from "./operations/delete-packages.ts";
import * as groups from "./operations/manage-groups.ts";
import * as listing from "./operations/list-packages.ts";
import { openNamespace } from "./operations/open-namespace.ts";
import { publishFile } from "./operations/publish-file.ts";
import { readFile } from "./operations/read-file.ts";
import * as signIn from "./operations/sign-in.ts";
import * as tokens from "./operations/manage-tokens.ts";

/** The list of what a registry can do. Each operation is described where it is defined. */
export function createRegistry(needs: RegistryDependencies) {
  const bind =
    <Rest extends readonly unknown[], Result>(operation: (needs: RegistryDependencies, ...rest: Rest) => Result) =>
    (...rest: Rest): Result =>
      operation(needs, ...rest);
  return {
    signInWithToken: bind(signIn.signInWithToken),
    signInWithPassword: bind(signIn.signInWithPassword),

    /** Generic in the capability, so that operations can ask for the right grant. */
    openNamespace: <Wanted extends Capability>(actor: Actor, path: string, capability: Wanted, area?: ScopeArea) =>
      openNamespace(needs, actor, path, capability, area),

    publishFile: bind(publishFile),
    readFile: bind(readFile),
    deleteVersion: bind(deleting.deleteVersion),
    deleteFile: bind(deleting.deleteFile),
    deletePackage: bind(deleting.deletePackage),

    listVersions: bind(listing.listVersions),
    listPackageVersions: bind(listing.listPackageVersions),
    latestVersion: bind(listing.latestVersion),
    findVersion: bind(listing.findVersion),
    listFiles: bind(listing.listFiles),
    countDownloads: bind(listing.countDownloads),

    findUser: bind(accounts.findUser),
    findUserById: bind(accounts.findUserById),
    createUser: bind(accounts.createUser),
    updateUser: bind(accounts.updateUser),
    deleteUser: bind(accounts.deleteUser),

    findGroup: bind(groups.findGroup),
    createGroup: bind(groups.createGroup),
    updateGroup: bind(groups.updateGroup),
    deleteGroup: bind(groups.deleteGroup),
    createTeam: bind(groups.createTeam),
    addTeamMember: bind(groups.addTeamMember),
    removeTeamMember: bind(groups.removeTeamMember),

    createToken: bind(tokens.createToken),
    listTokens: bind(tokens.listTokens),
    deleteToken: bind(tokens.deleteToken),
  };
}

export type Registry = ReturnType<typeof createRegistry>;
