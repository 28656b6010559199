/** Lower-case hexadecimal SHA-256 of some bytes. */
export type Sha256 = string & { readonly brand: "sha256" };

/** Physical name of stored bytes: `<sha256>.<random id>`. Chosen once for each upload and never used again. */
export type StorageName = string & { readonly brand: "storage-name" };

/** Who may see a namespace: anyone, any signed-in user (Gitea calls it limited), or its members. */
export const visibilities = ["public", "internal", "private"] as const;
export type Visibility = (typeof visibilities)[number];

export const namespaceKinds = ["user", "group", "project"] as const;
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
  readonly createdAtMs: number;
}

/** A personal access token. Its secret is stored as a SHA-256 and shown once, when it is made. */
export interface AccessToken {
  readonly id: number;
  readonly userId: number;
  readonly name: string;
  readonly lastEight: string;
  /** As granted, in the words of the dialect that granted them. */
  readonly scopes: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly lastUsedAtMs: number | null;
}

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
  readonly kind: "user";
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
  readonly status: "default" | "hidden";
  readonly creator: Creator;
  readonly createdAtMs: number;
}

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
