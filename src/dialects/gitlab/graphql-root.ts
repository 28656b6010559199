import { GraphQLError } from "graphql";
import type { Actor } from "../../core/actor.ts";
import type { Namespace, NamespaceSettings } from "../../core/domain.ts";
import { shownName } from "../../core/operations/find-namespaces.ts";
import type { CleanupPolicy, SettingsView } from "../../core/operations/namespace-settings.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import { RegistryError, type RegistryErrorCode } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import { isLongerThan } from "../../core/text-length.ts";
import { timestamp } from "./answers.ts";
import { maxPatternCharacters } from "./graphql-schema.ts";

/** How GitLab hides what is not there and what one may not do (mutations/base_mutation.rb). */
const unavailable =
  "The resource that you are attempting to access does not exist or you don't have permission to perform this action";

/** Refusals by which a query learns that there is nothing for this caller. */
const missing: readonly RegistryErrorCode[] = ["namespace_not_found", "rights_missing", "scope_missing", "public_only"];

const keptByName = {
  ALL_PACKAGE_FILES: null,
  ONE_PACKAGE_FILE: 1,
  TEN_PACKAGE_FILES: 10,
  TWENTY_PACKAGE_FILES: 20,
  THIRTY_PACKAGE_FILES: 30,
  FORTY_PACKAGE_FILES: 40,
  FIFTY_PACKAGE_FILES: 50,
} as const;

interface PathArgument {
  readonly fullPath: string;
}

/** As the schema lets them through. */
interface SettingsInput {
  readonly clientMutationId?: string | null;
  readonly namespacePath: string;
  readonly genericDuplicatesAllowed?: boolean | null;
  readonly genericDuplicateExceptionRegex?: string | null;
}
interface CleanupInput {
  readonly clientMutationId?: string | null;
  readonly projectPath: string;
  readonly keepNDuplicatedPackageFiles?: keyof typeof keptByName | null;
}

/** What the fields of Query and Mutation do for one caller. What the caller may not see is null to a query and an error to a mutation. */
export function createGraphqlRoot(registry: Registry, actor: Actor, metadata: { readonly version: string; readonly revision: string }) {
  const open = (path: string) => registry.openNamespace(actor, path, "read", "repository");
  const find = (path: string, kinds: readonly Namespace["kind"][]) =>
    orNull(async () => {
      const grant = await open(path);
      return kinds.includes(grant.namespace.kind) ? grant : null;
    });
  const namespaceNode = async (path: string, kinds: readonly Namespace["kind"][]) => {
    const grant = await find(path, kinds);
    if (grant === null) return null;
    return { ...nodeOf(grant.namespace), packageSettings: () => orNull(async () => packageSettings(await registry.readSettings(grant))) };
  };
  return {
    currentUser: () => (actor.kind === "user" ? orNull(() => currentUser(registry, actor, actor.user.name)) : null),
    metadata: () => (actor.kind === "user" ? metadata : null),
    namespace: ({ fullPath }: PathArgument) => namespaceNode(fullPath, ["user", "group"]),
    group: ({ fullPath }: PathArgument) => namespaceNode(fullPath, ["group"]),
    project: async ({ fullPath }: PathArgument) => {
      const grant = await find(fullPath, ["project"]);
      if (grant === null) return null;
      const policy = () => orNull(async () => cleanupPolicy(await registry.readCleanupPolicy(grant)));
      return { ...nodeOf(grant.namespace), packagesCleanupPolicy: policy };
    },
    updateNamespacePackageSettings: ({ input }: { readonly input: SettingsInput }) =>
      orUnavailable(() => updateSettings(registry, actor, input)),
    updatePackagesCleanupPolicy: ({ input }: { readonly input: CleanupInput }) => orUnavailable(() => updateCleanup(registry, actor, input)),
  };
}

async function currentUser(registry: Registry, actor: Actor, name: string) {
  const user = await registry.findUser(actor, name);
  return user === null ? null : { id: `gid://gitlab/User/${user.id}`, username: user.name, name: user.fullName || user.name };
}

async function updateSettings(registry: Registry, actor: Actor, input: SettingsInput) {
  const { clientMutationId = null, namespacePath, genericDuplicatesAllowed: isAllowed, genericDuplicateExceptionRegex: pattern } = input;
  const grant = await openToChange(registry, actor, namespacePath, ["user", "group"]);
  if (pattern !== undefined && pattern !== null && isLongerThan(pattern, maxPatternCharacters)) {
    const error = `Generic duplicate exception regex is too long (maximum is ${maxPatternCharacters} characters)`;
    return { clientMutationId, errors: [error], packageSettings: null };
  }
  const set: NamespaceSettings = {
    ...(isAllowed === undefined || isAllowed === null ? {} : { duplicates: isAllowed ? "allow" : "reject" }),
    ...(pattern === undefined ? {} : { duplicateException: pattern ?? "" }),
  };
  return { clientMutationId, errors: [], packageSettings: packageSettings(await registry.changeSettings(grant, { set, forget: [] })) };
}

async function updateCleanup(registry: Registry, actor: Actor, input: CleanupInput) {
  const { clientMutationId = null, projectPath, keepNDuplicatedPackageFiles: kept } = input;
  const grant = await openToChange(registry, actor, projectPath, ["project"]);
  const set: NamespaceSettings = kept === undefined || kept === null ? {} : { keptRevisions: keptByName[kept] };
  await registry.changeSettings(grant, { set, forget: [] });
  // Opened anew: a grant shows the settings as they were.
  const changed = await registry.openNamespace(actor, { id: grant.namespace.id }, "read", "repository");
  return { clientMutationId, errors: [], packagesCleanupPolicy: cleanupPolicy(await registry.readCleanupPolicy(changed)) };
}

async function openToChange(
  registry: Registry,
  actor: Actor,
  path: string,
  kinds: readonly Namespace["kind"][],
): Promise<NamespaceGrant<"configure">> {
  const grant = await registry.openNamespace(actor, path, "configure", "repository");
  if (!kinds.includes(grant.namespace.kind)) throw new GraphQLError(unavailable);
  return grant;
}

const globalNames = { user: "Namespaces::UserNamespace", group: "Group", project: "Project" } as const;

function nodeOf(namespace: Namespace) {
  const { id, kind, path } = namespace;
  return { id: `gid://gitlab/${globalNames[kind]}/${id}`, fullPath: path, name: shownName(namespace) };
}

/** Duplicates that succeed only with the same bytes are not allowed in GitLab's sense. */
function packageSettings({ inForce }: SettingsView) {
  return {
    genericDuplicatesAllowed: (inForce.duplicates ?? "allow") === "allow",
    genericDuplicateExceptionRegex: inForce.duplicateException ?? "",
  };
}

/** A number that GitLab has no name for, set by the native API, shows as the next larger one. */
function cleanupPolicy({ keptRevisions, nextRunAtMs }: CleanupPolicy) {
  const named = Object.entries(keptByName).find(([, kept]) => kept !== null && keptRevisions !== null && kept >= keptRevisions);
  return {
    keepNDuplicatedPackageFiles: keptRevisions === null ? "ALL_PACKAGE_FILES" : (named?.[0] ?? "FIFTY_PACKAGE_FILES"),
    nextRunAt: nextRunAtMs === null ? null : timestamp(nextRunAtMs),
  };
}

async function orNull<Value>(read: () => Promise<Value>): Promise<Value | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RegistryError && missing.includes(error.code)) return null;
    throw error;
  }
}

async function orUnavailable<Value>(change: () => Promise<Value>): Promise<Value> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof RegistryError && missing.includes(error.code)) throw new GraphQLError(unavailable);
    throw error;
  }
}
