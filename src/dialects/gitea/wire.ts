import type { AccessToken, Namespace, Team, User, Version, Visibility } from "../../core/domain.ts";
import type { ListedFile } from "../../core/ports/package-store.ts";
import { foldName } from "../../core/fold-name.ts";

/** Gitea's words for who may see a user or an organisation. */
const visibilityWords: Readonly<Record<Visibility, string>> = {
  public: "public",
  internal: "limited",
  private: "private",
};

/** Gitea's word for a visibility, read back; null for an unknown one. */
export function parseVisibility(word: string): Visibility | null {
  if (word === "public" || word === "private") return word;
  return word === "limited" ? "internal" : null;
}

/** RFC 3339 in UTC with whole seconds, as Gitea writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

const never = "0001-01-01T00:00:00Z";

/** Gitea's User object. Only administrators and the account itself see what is nobody else's business. */
export function userJson(user: User, publicUrl: string, isInsider: boolean) {
  return {
    id: user.id,
    login: user.name,
    login_name: "",
    source_id: 0,
    full_name: user.fullName,
    email: isInsider ? user.email : `${foldName(user.name)}@noreply.localhost`,
    avatar_url: "",
    html_url: `${publicUrl}/${encodeURIComponent(user.name)}`,
    language: "",
    is_admin: isInsider && user.isAdmin,
    last_login: never,
    created: timestamp(user.createdAtMs),
    restricted: isInsider && user.isRestricted,
    active: isInsider && user.isActive,
    prohibit_login: isInsider && user.isLoginProhibited,
    location: "",
    website: "",
    description: "",
    visibility: visibilityWords[user.visibility],
    followers_count: 0,
    following_count: 0,
    starred_repos_count: 0,
    username: user.name,
  };
}

/** An owner that is no user, in the User shape that Gitea's package objects have. */
export function ownerJson(namespace: Namespace, publicUrl: string) {
  return {
    id: namespace.id,
    login: namespace.path,
    login_name: "",
    source_id: 0,
    full_name: namespace.fullName,
    email: namespace.email,
    avatar_url: "",
    html_url: `${publicUrl}/${encodeURIComponent(namespace.path)}`,
    language: "",
    is_admin: false,
    last_login: never,
    created: timestamp(namespace.createdAtMs),
    restricted: false,
    active: false,
    prohibit_login: false,
    location: namespace.location,
    website: namespace.website,
    description: namespace.description,
    visibility: visibilityWords[namespace.visibility],
    followers_count: 0,
    following_count: 0,
    starred_repos_count: 0,
    username: namespace.path,
  };
}

/** The account shown where the real one is gone. */
export const ghostName = "Ghost";

/** Gitea's Package object; its id is that of the version. */
export function packageJson(
  version: Version,
  people: { readonly owner: object; readonly ownerPath: string; readonly creator: object },
  publicUrl: string,
) {
  const path = [people.ownerPath, "-", "packages", "generic", foldName(version.packageName), foldName(version.name)];
  return {
    id: version.id,
    owner: people.owner,
    repository: null,
    creator: people.creator,
    type: "generic",
    name: version.packageName,
    version: version.name,
    html_url: `${publicUrl}/${path.map(encodeURIComponent).join("/")}`,
    created_at: timestamp(version.createdAtMs),
  };
}

/**
 * A file of a package; `size` as Gitea has it since 1.24, `Size` as older ones and Forgejo do. Digests that are not known
 * are empty: clients read strings.
 */
export function packageFileJson(file: ListedFile) {
  return {
    id: file.id,
    size: file.sizeBytes,
    Size: file.sizeBytes,
    name: file.path,
    md5: file.digests?.md5 ?? "",
    sha1: file.digests?.sha1 ?? "",
    sha256: file.sha256,
    sha512: file.digests?.sha512 ?? "",
  };
}

/** Gitea's Organization object. */
export function organizationJson(group: Namespace) {
  return {
    id: group.id,
    name: group.path,
    full_name: group.fullName,
    email: group.email,
    avatar_url: "",
    description: group.description,
    website: group.website,
    location: group.location,
    visibility: visibilityWords[group.visibility],
    repo_admin_change_team_access: false,
    username: group.path,
  };
}

/** Gitea's Team object. */
export function teamJson(team: Team, group: Namespace) {
  return {
    id: team.id,
    name: team.name,
    description: team.description,
    organization: organizationJson(group),
    includes_all_repositories: false,
    permission: team.permission,
    units: Object.keys(team.units),
    units_map: team.units,
    can_create_org_repo: false,
  };
}

/** Gitea's AccessToken object without its secret. */
export function tokenJson(token: AccessToken) {
  return {
    id: token.id,
    name: token.name,
    token_last_eight: token.lastEight,
    scopes: token.scopes,
    created_at: timestamp(token.createdAtMs),
    last_used_at: token.lastUsedAtMs === null ? timestamp(token.createdAtMs) : timestamp(token.lastUsedAtMs),
  };
}

/** A JSON answer as Gitea sends it, with a newline at its end. */
export function jsonResponse(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  return new Response(body, {
    status,
    headers: {
      "content-type": "application/json;charset=utf-8",
      "content-length": String(body.byteLength),
      "cache-control": "max-age=0, private, must-revalidate",
      ...headers,
    },
  });
}

/** The answer to what was done and has nothing to show. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}
