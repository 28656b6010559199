import type { ParameterMap, ParameterProblem, ParameterValue } from "./parameter-value.ts";

type Nested =
  | { readonly ok: true; readonly parameters: ParameterMap }
  | { readonly ok: false; readonly reason: Extract<ParameterProblem, "too_deep" | "malformed"> };

/** While it is built. */
type Open = Leaf | OpenList | OpenMap;
interface Leaf {
  readonly kind: "leaf";
  readonly value: ParameterValue;
}
interface OpenList {
  readonly kind: "list";
  readonly items: Open[];
}
interface OpenMap {
  readonly kind: "map";
  readonly entries: Map<string, Open>;
}

const maxBrackets = 5;

/**
 * Nests the pairs of a query or a form as Rack does (Rack::QueryParser): `a[b]` is a map, `a[]` a list, and `a[][b]` a
 * list of maps, where a name that the last map has begins the next one. The last of equal names counts. At most five
 * pairs of brackets. A name that is used for different things, such as `a` and `a[b]`, is malformed.
 */
export function nestParameters(pairs: Iterable<readonly [string, ParameterValue]>): Nested {
  const root: OpenMap = { kind: "map", entries: new Map() };
  for (const [name, value] of pairs) {
    if (name.split("[", maxBrackets + 2).length > maxBrackets + 1) return { ok: false, reason: "too_deep" };
    if (!insert(root, pathOf(name), value)) return { ok: false, reason: "malformed" };
  }
  return { ok: true, parameters: closeMap(root) };
}

/** `a[b][]` is a, b and the empty name of a list. What has no such form is a name as it stands. */
function pathOf(name: string): readonly string[] {
  const found = /^([^[\]]+)((?:\[[^[\]]*\])+)$/.exec(name);
  if (found === null) return [name];
  return [found[1] ?? "", ...(found[2] ?? "").slice(1, -1).split("][")];
}

/** Puts a value into a map; false where the names before it made something else of its place. */
function insert(map: OpenMap, path: readonly string[], value: ParameterValue): boolean {
  const [name = "", next, ...others] = path;
  const known = map.entries.get(name);
  if (next === undefined) {
    map.entries.set(name, { kind: "leaf", value });
    return known === undefined || known.kind === "leaf";
  }
  const wanted: OpenList | OpenMap = next === "" ? { kind: "list", items: [] } : { kind: "map", entries: new Map() };
  const place = known ?? wanted;
  map.entries.set(name, place);
  if (place.kind === "map" && wanted.kind === "map") return insert(place, [next, ...others], value);
  return place.kind === "list" && wanted.kind === "list" && insertItem(place, others, value);
}

function insertItem(list: OpenList, path: readonly string[], value: ParameterValue): boolean {
  const [name] = path;
  if (name === undefined) {
    list.items.push({ kind: "leaf", value });
    return true;
  }
  // A list right inside a list has no form of its own in Rack either.
  if (name === "") return false;
  const last = list.items.at(-1);
  if (last?.kind === "map" && !hasPath(last, path)) return insert(last, path, value);
  const added: OpenMap = { kind: "map", entries: new Map() };
  list.items.push(added);
  return insert(added, path, value);
}

/** Whether a map has a value at this place already, so that another one belongs to the next map. */
function hasPath(map: OpenMap, path: readonly string[]): boolean {
  const [name = "", ...others] = path;
  const place = map.entries.get(name);
  if (place === undefined || others[0] === "") return false;
  return others.length === 0 || place.kind !== "map" || hasPath(place, others);
}

function closeMap(map: OpenMap): ParameterMap {
  const closed: Record<string, ParameterValue> = Object.create(null);
  for (const [name, value] of map.entries) closed[name] = close(value);
  return closed;
}

function close(open: Open): ParameterValue {
  if (open.kind === "leaf") return open.value;
  return open.kind === "map" ? closeMap(open) : open.items.map(close);
}
