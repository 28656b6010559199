import type { AccessLevel, Namespace, RegistryAccess, User, Visibility } from "../../core/domain.ts";
import { lastPartOf, shownName } from "../../core/operations/find-namespaces.ts";
import { timestamp } from "./answers.ts";
import { fullNameOf, namespaceJson } from "./namespace-json.ts";
import { userBasicJson } from "./user-json.ts";

/** What a project object says beside the namespace itself. */
export interface ProjectPlace {
  readonly publicUrl: string;
  /** What is above, the nearest first. */
  readonly above: readonly Namespace[];
  /** The one in force. */
  readonly visibility: Visibility;
  /** The one in force. */
  readonly registryAccess: RegistryAccess;
  /** The account that it belongs to, if any. */
  readonly owner: User | null;
  /** The caller's levels; null for the anonymous. */
  readonly levels: { readonly project: AccessLevel; readonly group: AccessLevel } | null;
}

/** lib/api/entities/basic_project_details.rb */
export function simpleProjectJson(namespace: Namespace, { publicUrl, above, visibility }: Pick<ProjectPlace, "publicUrl" | "above" | "visibility">) {
  const webUrl = `${publicUrl}/${namespace.path}`;
  return {
    id: namespace.id,
    description: namespace.description,
    name: shownName(namespace),
    name_with_namespace: fullNameOf(namespace, above),
    path: lastPartOf(namespace.path),
    path_with_namespace: namespace.path,
    created_at: timestamp(namespace.createdAtMs),
    // There are no repositories; clients read these all the same.
    default_branch: "main",
    tag_list: [],
    topics: [],
    ssh_url_to_repo: `git@${new URL(publicUrl).hostname}:${namespace.path}.git`,
    http_url_to_repo: `${webUrl}.git`,
    web_url: webUrl,
    readme_url: null,
    forks_count: 0,
    avatar_url: null,
    star_count: 0,
    last_activity_at: timestamp(namespace.createdAtMs),
    visibility,
    namespace: namespaceJson(above[0] ?? namespace, publicUrl),
  };
}

/** lib/api/entities/project.rb, as far as there is something to say here. */
export function projectJson(namespace: Namespace, place: ProjectPlace) {
  const { publicUrl, registryAccess, owner, levels } = place;
  const self = `${publicUrl}/api/v4/projects/${namespace.id}`;
  return {
    ...simpleProjectJson(namespace, place),
    _links: { self, members: `${self}/members` },
    packages_enabled: registryAccess !== "disabled",
    package_registry_access_level: registryAccess,
    archived: false,
    empty_repo: true,
    issues_enabled: false,
    merge_requests_enabled: false,
    wiki_enabled: false,
    jobs_enabled: false,
    snippets_enabled: false,
    creator_id: owner?.id ?? null,
    ...(owner === null ? {} : { owner: userBasicJson(owner, publicUrl) }),
    ...(levels === null ? {} : { permissions: { project_access: accessJson(levels.project), group_access: accessJson(levels.group) } }),
  };
}

/** lib/api/entities/member_access.rb; 3 stands for the notifications that are usual. */
function accessJson(level: AccessLevel) {
  return level === 0 ? null : { access_level: level, notification_level: 3 };
}
