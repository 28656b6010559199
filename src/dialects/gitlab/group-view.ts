import type { Namespace, Visibility } from "../../core/domain.ts";
import { lastPartOf, shownName } from "../../core/operations/find-namespaces.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { timestamp } from "./answers.ts";
import { fullNameOf, webUrlOf } from "./namespace-json.ts";

/** lib/api/entities/group.rb, as far as there is something to say here; `visibility` is the one in force. */
export async function viewGroup(
  registry: Registry,
  exchange: Exchange,
  { namespace, visibility }: { readonly namespace: Namespace; readonly visibility: Visibility },
) {
  const above = await registry.listAncestors(namespace);
  return {
    id: namespace.id,
    web_url: webUrlOf(namespace, exchange.publicUrl()),
    name: shownName(namespace),
    path: lastPartOf(namespace.path),
    description: namespace.description,
    visibility,
    share_with_group_lock: false,
    require_two_factor_authentication: false,
    project_creation_level: "developer",
    subgroup_creation_level: "maintainer",
    lfs_enabled: false,
    request_access_enabled: false,
    avatar_url: null,
    full_name: fullNameOf(namespace, above),
    full_path: namespace.path,
    created_at: timestamp(namespace.createdAtMs),
    parent_id: namespace.parentId,
  };
}
