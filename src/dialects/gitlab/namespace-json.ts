import type { Namespace } from "../../core/domain.ts";
import { lastPartOf, shownName } from "../../core/operations/find-namespaces.ts";

/** lib/api/entities/namespace_basic.rb */
export function namespaceJson(namespace: Namespace, publicUrl: string) {
  return {
    id: namespace.id,
    name: shownName(namespace),
    path: lastPartOf(namespace.path),
    kind: namespace.kind,
    full_path: namespace.path,
    parent_id: namespace.parentId,
    avatar_url: null,
    web_url: webUrlOf(namespace, publicUrl),
  };
}

/** Where GitLab has the page of a namespace. */
export function webUrlOf({ kind, path }: Namespace, publicUrl: string): string {
  return kind === "group" ? `${publicUrl}/groups/${path}` : `${publicUrl}/${path}`;
}

/** The names on a path, from the top (GitLab's full_name and name_with_namespace); `above` has the nearest first. */
export function fullNameOf(namespace: Namespace, above: readonly Namespace[]): string {
  return [...above.toReversed(), namespace].map(shownName).join(" / ");
}
