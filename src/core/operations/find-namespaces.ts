import type { Actor } from "../actor.ts";
import type { AccessLevel, Namespace, NamespaceKind, Visibility } from "../domain.ts";
import { foldName } from "../fold-name.ts";
import { decide, isVisibleTo, levelOf } from "../permissions.ts";
import type { RegistryDependencies } from "../registry-dependencies.ts";
import type { ScopeArea } from "../scopes.ts";
import { standingFor, type NamespaceGrant } from "./open-namespace.ts";
import { visibleTree, type Place } from "./visible-tree.ts";

type Needs = Pick<RegistryDependencies, "metadata" | "settings">;

/** What a list of namespaces is to hold; null leaves out a condition. */
export interface PlaceSearch {
  readonly kinds: readonly NamespaceKind[];
  /** Each is somewhere in the path's last part, the name or the description, without case. */
  readonly words: readonly string[];
  /** The one in force. */
  readonly visibility: Visibility | null;
  /** The caller's, on the path; an administrator has none by being one. */
  readonly minLevel: AccessLevel;
  /** Only what lies directly below this one; 0 for what lies at the top. */
  readonly parentId: number | null;
}

export const placeOrders = ["id", "name", "path", "created_at"] as const;

export interface PlaceOrder {
  readonly by: (typeof placeOrders)[number];
  readonly direction: "asc" | "desc";
}

/**
 * Every namespace that the caller may see: all there are, or those below the one that a grant is for, itself left out.
 * Equal values by id. One walk over all of them: at most 100,000.
 */
export async function findPlaces(
  needs: Needs,
  actor: Actor,
  within: NamespaceGrant | null,
  search: PlaceSearch,
  order: PlaceOrder,
): Promise<readonly Place[]> {
  const root = within?.namespace ?? null;
  const words = search.words.map(foldName);
  const extent = search.kinds.includes("user") ? "all" : "without_lone_users";
  const places = (await visibleTree(needs, actor, root, extent)).filter(
    (place) => place.namespace.id !== root?.id && isWanted(actor, place, { ...search, words }) && mayRead(needs, actor, place),
  );
  const direction = order.direction === "asc" ? 1 : -1;
  const keyed = places.map((place) => ({ place, key: keys[order.by](place.namespace) }));
  keyed.sort((one, other) => direction * (compare(one.key, other.key) || one.place.namespace.id - other.place.namespace.id));
  return keyed.map(({ place }) => place);
}

function isWanted(actor: Actor, { namespace, standing }: Place, search: PlaceSearch): boolean {
  if (!search.kinds.includes(namespace.kind)) return false;
  if (search.visibility !== null && standing.visibility !== search.visibility) return false;
  if (search.minLevel > 0 && levelOf(actor, standing) < search.minLevel) return false;
  if (search.parentId !== null && (namespace.parentId ?? 0) !== search.parentId) return false;
  if (search.words.length === 0) return true;
  const text = foldName([lastPartOf(namespace.path), namespace.fullName, namespace.description].join("\n"));
  return search.words.every((word) => text.includes(word));
}

function mayRead({ settings }: Needs, actor: Actor, { namespace, standing }: Place): boolean {
  const area: ScopeArea = namespace.kind === "project" ? "project" : namespace.kind === "group" ? "organization" : "user";
  return decide(actor, standing, "read", { requireSignIn: settings.requireSignIn, area }).allowed;
}

const keys: Readonly<Record<PlaceOrder["by"], (namespace: Namespace) => number | string>> = {
  id: ({ id }) => id,
  name: (namespace) => foldName(shownName(namespace)),
  path: ({ path }) => foldName(lastPartOf(path)),
  created_at: ({ createdAtMs }) => createdAtMs,
};

function compare(one: number | string, other: number | string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The last part of a path. */
export function lastPartOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What people call a namespace: its name, or without one the last part of its path. */
export function shownName({ fullName, path }: Namespace): string {
  return fullName === "" ? lastPartOf(path) : fullName;
}

/** What lies above a namespace, the nearest first. Without regard to who asks: who sees a namespace sees its path. */
export async function listAncestors({ metadata }: Pick<Needs, "metadata">, namespace: Namespace): Promise<readonly Namespace[]> {
  const found: Namespace[] = [];
  for (let next = namespace.parentId; next !== null; ) {
    const above: Namespace | null = await metadata.tree.findById(next);
    if (above === null) break;
    found.push(above);
    next = above.parentId;
  }
  return found;
}

/** The namespace that once had a path which none has now; null for who may not know of it. */
export async function findMoved({ metadata, settings }: Needs, actor: Actor, path: string): Promise<Namespace | null> {
  const namespace = await metadata.tree.findFormer(path);
  if (namespace === null) return null;
  const standing = standingFor(await metadata.namespaces.standing(namespace.id, actor.kind === "user" ? actor.user.id : null));
  return isVisibleTo(actor, standing, settings) ? namespace : null;
}
