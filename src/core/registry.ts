import type { Actor } from "./actor.ts";
import type { Capability } from "./permissions.ts";
import type { RegistryDependencies } from "./registry-dependencies.ts";
import type { ScopeArea } from "./scopes.ts";
import * as browsing from "./operations/browse-index.ts";
import * as accounts from "./operations/manage-accounts.ts";
import * as deleting from "./operations/delete-packages.ts";
import * as deployTokens from "./operations/deploy-tokens.ts";
import * as groups from "./operations/manage-groups.ts";
import * as finding from "./operations/find-namespaces.ts";
import * as listing from "./operations/list-packages.ts";
import * as members from "./operations/manage-members.ts";
import * as projects from "./operations/manage-projects.ts";
import * as subgroups from "./operations/manage-subgroups.ts";
import { mayAlso, openNamespace, type NamespaceAddress } from "./operations/open-namespace.ts";
import * as instanceLimits from "./operations/instance-limits.ts";
import * as protection from "./operations/manage-protection.ts";
import * as settings from "./operations/namespace-settings.ts";
import { reserveVersion } from "./operations/reserve-version.ts";
import { publishFile } from "./operations/publish-file.ts";
import { openRevision, readFile } from "./operations/read-file.ts";
import * as jobTokens from "./operations/manage-job-tokens.ts";
import * as namespaceTokens from "./operations/namespace-tokens.ts";
import * as personalTokens from "./operations/personal-tokens.ts";
import * as releaseLinks from "./operations/manage-release-links.ts";
import * as releases from "./operations/manage-releases.ts";
import * as accountSearch from "./operations/search-accounts.ts";
import * as signIn from "./operations/sign-in.ts";
import * as tokens from "./operations/manage-tokens.ts";
import * as variables from "./operations/manage-variables.ts";

/** The list of what a registry can do. Each operation is described where it is defined. */
export function createRegistry(needs: RegistryDependencies) {
  const bind =
    <Rest extends readonly unknown[], Result>(operation: (needs: RegistryDependencies, ...rest: Rest) => Result) =>
    (...rest: Rest): Result =>
      operation(needs, ...rest);
  return {
    /** The time by which tokens end, epoch milliseconds. */
    nowMs: () => needs.clock.nowMs(),

    signInWithToken: bind(signIn.signInWithToken),
    inspectToken: bind(signIn.inspectToken),
    signInWithPassword: bind(signIn.signInWithPassword),

    /** Generic in the capability, so that operations can ask for the right grant. */
    openNamespace: <Wanted extends Capability>(actor: Actor, address: NamespaceAddress, capability: Wanted, area?: ScopeArea) =>
      openNamespace(needs, actor, address, capability, area),

    mayAlso: bind(mayAlso),

    publishFile: bind(publishFile),
    readFile: bind(readFile),
    openRevision: bind(openRevision),
    deleteVersion: bind(deleting.deleteVersion),
    deleteFile: bind(deleting.deleteFile),
    deletePackage: bind(deleting.deletePackage),
    deleteVersionById: bind(deleting.deleteVersionById),
    deleteRevision: bind(deleting.deleteRevision),

    searchVersions: bind(browsing.searchVersions),
    searchGroupVersions: bind(browsing.searchGroupVersions),
    findVersionById: bind(browsing.findVersionById),
    listSiblings: bind(browsing.listSiblings),
    listRevisions: bind(browsing.listRevisions),
    findRevision: bind(browsing.findRevision),
    findRevisionById: bind(browsing.findRevisionById),

    listVersions: bind(listing.listVersions),
    listPackageVersions: bind(listing.listPackageVersions),
    latestVersion: bind(listing.latestVersion),
    findVersion: bind(listing.findVersion),
    listFiles: bind(listing.listFiles),
    countDownloads: bind(listing.countDownloads),

    reserveVersion: bind(reserveVersion),

    listProtectionRules: bind(protection.listProtectionRules),
    createProtectionRule: bind(protection.createProtectionRule),
    updateProtectionRule: bind(protection.updateProtectionRule),
    deleteProtectionRule: bind(protection.deleteProtectionRule),

    readSettings: bind(settings.readSettings),
    readCleanupPolicy: bind(settings.readCleanupPolicy),
    changeSettings: bind(settings.changeSettings),

    readFileLimits: bind(instanceLimits.readFileLimits),
    changeFileLimits: bind(instanceLimits.changeFileLimits),

    findUser: bind(accounts.findUser),
    findUserById: bind(accounts.findUserById),
    createUser: bind(accounts.createUser),
    updateUser: bind(accounts.updateUser),
    deleteUser: bind(accounts.deleteUser),

    searchAccounts: bind(accountSearch.searchAccounts),
    findAccount: bind(accountSearch.findAccount),
    administeredAccount: bind(accountSearch.administeredAccount),
    actingAdministrator: bind(accountSearch.actingAdministrator),
    ownAccount: bind(accountSearch.ownAccount),

    findPlaces: bind(finding.findPlaces),
    listAncestors: bind(finding.listAncestors),
    findMoved: bind(finding.findMoved),

    createProject: bind(projects.createProject),
    updateProject: bind(projects.updateProject),
    deleteProject: bind(projects.deleteProject),

    listMembers: bind(members.listMembers),
    findMember: bind(members.findMember),
    addMember: bind(members.addMember),
    updateMember: bind(members.updateMember),
    removeMember: bind(members.removeMember),
    levelsOf: bind(members.levelsOf),

    createSubgroup: bind(subgroups.createSubgroup),
    changeGroup: bind(subgroups.changeGroup),
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

    listVariables: bind(variables.listVariables),
    findVariable: bind(variables.findVariable),
    createVariable: bind(variables.createVariable),
    updateVariable: bind(variables.updateVariable),
    deleteVariable: bind(variables.deleteVariable),

    listReleases: bind(releases.listReleases),
    findRelease: bind(releases.findRelease),
    latestRelease: bind(releases.latestRelease),
    createRelease: bind(releases.createRelease),
    updateRelease: bind(releases.updateRelease),
    deleteRelease: bind(releases.deleteRelease),
    findReleaseLink: bind(releaseLinks.findReleaseLink),
    findReleaseFile: bind(releaseLinks.findReleaseFile),
    createReleaseLink: bind(releaseLinks.createReleaseLink),
    updateReleaseLink: bind(releaseLinks.updateReleaseLink),
    deleteReleaseLink: bind(releaseLinks.deleteReleaseLink),

    listPersonalTokens: bind(personalTokens.listPersonalTokens),
    findPersonalToken: bind(personalTokens.findPersonalToken),
    revokePersonalToken: bind(personalTokens.revokePersonalToken),
    rotatePersonalToken: bind(personalTokens.rotatePersonalToken),
    findShownToken: bind(personalTokens.findShownToken),
    revokeShownToken: bind(personalTokens.revokeShownToken),
    rotateShownToken: bind(personalTokens.rotateShownToken),
    createTokenFor: bind(personalTokens.createTokenFor),
    createOwnToken: bind(personalTokens.createOwnToken),

    listNamespaceTokens: bind(namespaceTokens.listNamespaceTokens),
    findNamespaceToken: bind(namespaceTokens.findNamespaceToken),
    createNamespaceToken: bind(namespaceTokens.createNamespaceToken),
    revokeNamespaceToken: bind(namespaceTokens.revokeNamespaceToken),
    rotateNamespaceToken: bind(namespaceTokens.rotateNamespaceToken),

    listAllDeployTokens: bind(deployTokens.listAllDeployTokens),
    listDeployTokens: bind(deployTokens.listDeployTokens),
    findDeployToken: bind(deployTokens.findDeployToken),
    createDeployToken: bind(deployTokens.createDeployToken),
    deleteDeployToken: bind(deployTokens.deleteDeployToken),

    createJobToken: bind(jobTokens.createJobToken),
    deleteJobToken: bind(jobTokens.deleteJobToken),
  };
}

export type Registry = ReturnType<typeof createRegistry>;
