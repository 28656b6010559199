/** Lower-case hexadecimal SHA-256 of some bytes. */
export type Sha256 = string & { readonly brand: "sha256" };

/** Physical name of stored bytes: `<sha256>.<random id>`. Chosen once for each upload and never used again. */
export type StorageName = string & { readonly brand: "storage-name" };

/** Who may see a namespace: anyone, any signed-in user (Gitea calls it limited), or its members. */
export const visibilities = ["public", "internal", "private"] as const;
export type Visibility = (typeof visibilities)[number];

const namespaceKinds = ["user", "group", "project"] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** GitLab's access levels, kept exactly: 10 guest, 15 planner, 20 reporter, 30 developer, 40 maintainer, 50 owner. */
export const accessLevels = [0, 10, 15, 20, 30, 40, 50] as const;
export type AccessLevel = (typeof accessLevels)[number];

/** The limits of one namespace or of the instance; null stands for "none". Sizes in bytes. */
export interface Limits {
  readonly ownerVersions: number | null;
  readonly ownerBytes: number | null;
  readonly fileBytes: number | null;
}

/** Limits that a namespace sets for itself; a missing one is inherited from the instance. */
export type OwnLimits = Partial<Limits>;

/** What a publish does that meets a file of the same name: refuse it, add a revision, or succeed where the bytes are the same. */
export const duplicatePolicies = ["reject", "allow", "identical"] as const;
export type DuplicatePolicy = (typeof duplicatePolicies)[number];

/** Who reaches the packages of a project, beside its visibility (GitLab's package_registry_access_level). */
export const registryAccesses = ["disabled", "private", "enabled", "public"] as const;
export type RegistryAccess = (typeof registryAccesses)[number];

/** What a namespace decides for itself and all below it; a missing field is inherited, null undoes an inherited one. */
export interface NamespaceSettings {
  readonly duplicates?: DuplicatePolicy | null;
  /** RE2; packages or versions that match it are treated the other way round. */
  readonly duplicateException?: string | null;
  /** The only shape that versions may have. */
  readonly versions?: "x.y.z" | null;
  /** How many revisions of each file cleanup leaves; null for all. */
  readonly keptRevisions?: number | null;
  readonly registryAccess?: RegistryAccess | null;
}

/** A node in the tree of paths. A user and its namespace share one id. */
export interface Namespace {
  readonly id: number;
  readonly parentId: number | null;
  readonly kind: NamespaceKind;
  /** As first spelled; compared without case. */
  readonly path: string;
  /** The namespace's own setting; what counts is the strictest on the path. */
  readonly visibility: Visibility;
  readonly fullName: string;
  readonly description: string;
  readonly email: string;
  readonly website: string;
  readonly location: string;
  readonly limits: OwnLimits;
  /** The namespace's own; what counts is the nearest on the path that has a field. */
  readonly settings: NamespaceSettings;
  readonly createdAtMs: number;
}

/** An account. Its password is stored as an argon2id hash and never leaves the core. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  readonly visibility: Visibility;
  readonly isAdmin: boolean;
  readonly isActive: boolean;
  readonly isRestricted: boolean;
  readonly isLoginProhibited: boolean;
  readonly passwordHash: string;
  /** The namespace for whose access tokens this account acts; null for an account of its own. */
  readonly botOfNamespaceId: number | null;
  readonly createdAtMs: number;
}

/** A token of an account: a personal one, or one of a project or group, whose account is a bot. Its secret is stored as a SHA-256 and shown once, when it is made. */
export interface AccessToken {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  readonly description: string;
  readonly lastEight: string;
  /** As granted, in the words of the dialect that granted them. */
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  /** Null while it is in force. */
  readonly revokedAtMs: number | null;
}

/** A token bound to a namespace instead of an account. Its secret is stored as a SHA-256. */
export interface DeployToken {
  readonly id: number;
  readonly namespaceId: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
}

/** A short-lived token that acts for a user within one namespace. */
export interface JobToken {
  readonly id: number;
  readonly userId: number;
  readonly namespaceId: number;
  readonly expiresAtMs: number;
}

/** Who may not touch packages of some names. Levels as in `AccessLevel`; 60 stands for administrators only. */
export interface ProtectionRule {
  readonly id: number;
  readonly namespaceId: number;
  /** `*` stands for any text. */
  readonly packageNamePattern: string;
  readonly pushLevel: ProtectionLevel | null;
  readonly deleteLevel: ProtectionLevel | null;
}
const protectionLevels = [40, 50, 60] as const;
export type ProtectionLevel = (typeof protectionLevels)[number];

/** A CI/CD variable as it is stored: its value is sealed and opened by the core alone. */
export interface Variable {
  readonly id: number;
  readonly namespaceId: number;
  readonly key: string;
  /** `*` for every environment; a key may occur once for each scope. */
  readonly environmentScope: string;
  readonly sealedValue: string;
  readonly type: VariableType;
  readonly description: string | null;
  readonly isProtected: boolean;
  readonly isMasked: boolean;
  /** Its value is never shown again. */
  readonly isHidden: boolean;
  readonly isRaw: boolean;
}
export const variableTypes = ["env_var", "file"] as const;
export type VariableType = (typeof variableTypes)[number];

/** A release of a project. There are no repositories: its tag is a name like any other. */
export interface Release {
  readonly id: number;
  readonly namespaceId: number;
  readonly tag: string;
  readonly name: string;
  readonly description: string | null;
  /** What the tag points at, as its author said. */
  readonly ref: string | null;
  readonly author: Creator;
  readonly createdAtMs: number;
  readonly releasedAtMs: number;
  /** Newest first. */
  readonly links: readonly ReleaseLink[];
}

/** An asset of a release: a link to where it is. */
export interface ReleaseLink {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  /** Under which path below the release's downloads it is reached, with a leading slash; null for none. */
  readonly filepath: string | null;
  readonly type: ReleaseLinkType;
}
export const releaseLinkTypes = ["other", "runbook", "image", "package"] as const;
export type ReleaseLinkType = (typeof releaseLinkTypes)[number];

/** Members of a group with one right on its packages. */
export interface Team {
  readonly id: number;
  readonly namespaceId: number;
  readonly name: string;
  readonly description: string;
  /** Gitea's word for the team: none, read, write, admin or owner. */
  readonly permission: string;
  /** Gitea's units with a permission each, kept as given. */
  readonly units: Readonly<Record<string, string>>;
  readonly level: AccessLevel;
}

/** Who did something; outlives the account. */
export interface Creator {
  readonly kind: "user" | "deploy_token";
  readonly id: number;
  readonly name: string;
}

/** A version of a package, with the names that lead to it. */
export interface Version {
  readonly id: number;
  readonly packageId: number;
  readonly namespaceId: number;
  readonly packageName: string;
  readonly name: string;
  readonly status: VersionStatus;
  readonly creator: Creator;
  readonly createdAtMs: number;
  /** When the version last changed: its status, or by an upload into it. */
  readonly updatedAtMs: number;
  /** As far as it was written. */
  readonly lastDownloadedAtMs: number | null;
}

/** Hidden versions are left out of lists unless asked for. */
export const versionStatuses = ["default", "hidden"] as const;
export type VersionStatus = (typeof versionStatuses)[number];

/** A revision of a file, with what is needed to serve its bytes. */
export interface FileRevision {
  readonly id: number;
  readonly versionId: number;
  /** The file's name, directories included. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
  readonly blobId: number;
  readonly storageName: StorageName;
  /** Its bytes were found to be others than recorded: they are not served. */
  readonly isDamaged: boolean;
  readonly createdAtMs: number;
}

/** Further digests of a blob, lower-case hexadecimal. */
export interface Digests {
  readonly md5: string;
  readonly sha1: string;
  readonly sha512: string;
}

/** The record of stored bytes. */
export interface BlobRecord {
  readonly id: number;
  readonly sha256: Sha256;
  readonly storageName: StorageName;
  readonly sizeBytes: number;
  readonly digests: Digests | null;
  readonly state: "live" | "deleting";
  readonly isDamaged: boolean;
}
