/** The methods that any route may have; every other one is the wrong method everywhere. */
export const methods = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"] as const;
export type Method = (typeof methods)[number];

/** A line of a route table. A GET also answers HEAD. */
export interface Route<Handler> {
  readonly method: Exclude<Method, "HEAD">;
  /**
   * Segments separated by slashes. `:name` takes any one segment, and `*name` one or more of them: its value is the
   * decoded segments with slashes between. A pattern has at most one `*name`, anywhere in it.
   */
  readonly pattern: string;
  /** Who may use it, as data for tests and documents; the handler enforces it. */
  readonly access: string;
  readonly handler: Handler;
}

/** What a method and a path lead to. */
export type RouteMatch<Handler> =
  | { readonly kind: "route"; readonly route: Route<Handler>; readonly parameters: Readonly<Record<string, string>> }
  | { readonly kind: "wrong_method"; readonly allowed: readonly Method[]; readonly pattern: string }
  | { readonly kind: "unknown" };

interface Entry<Handler> {
  readonly route: Route<Handler>;
  /** The pattern's parameters, in order. */
  readonly names: readonly string[];
}

interface Node<Handler> {
  readonly literals: Map<string, Node<Handler>>;
  parameter: Node<Handler> | null;
  /** What follows a wildcard, longest first. How long it is tells how much the wildcard takes: nothing is tried out. */
  readonly tails: Tail<Handler>[];
  /** By method. */
  readonly entries: Map<string, Entry<Handler>>;
}

interface Tail<Handler> {
  readonly segmentCount: number;
  readonly node: Node<Handler>;
}

/**
 * Finds routes by the decoded segments of the raw target: nothing is decoded again. From left to right a literal wins
 * over a parameter and a parameter over a wildcard. A look-up visits no node of the tables twice, whatever the target.
 * Built once from the tables; the tables themselves stay readable for whoever wants to enumerate every route.
 */
export function createRouter<Handler>(
  routes: readonly Route<Handler>[],
): (method: string, segments: readonly string[]) => RouteMatch<Handler> {
  const root = createNode<Handler>();
  for (const route of routes) insert(root, route);
  return (method, segments) => {
    const values: string[] = [];
    const node = find(root, segments, 0, values);
    if (node === null) return { kind: "unknown" };
    const entry = node.entries.get(method === "HEAD" ? "GET" : method);
    if (entry !== undefined) return { kind: "route", route: entry.route, parameters: nameValues(entry.names, values) };
    const allowed = methods.filter((known) => node.entries.has(known === "HEAD" ? "GET" : known));
    const pattern = node.entries.values().next().value?.route.pattern ?? "";
    return { kind: "wrong_method", allowed, pattern };
  };
}

function createNode<Handler>(): Node<Handler> {
  return { literals: new Map(), parameter: null, tails: [], entries: new Map() };
}

function insert<Handler>(root: Node<Handler>, route: Route<Handler>): void {
  let node = root;
  const parts = route.pattern.split("/").filter((part) => part !== "");
  if (parts.filter((part) => part.startsWith("*")).length > 1) throw new Error(`two wildcards in ${route.pattern}`);
  for (const [index, part] of parts.entries()) {
    if (part.startsWith(":")) {
      node.parameter ??= createNode();
      node = node.parameter;
    } else if (part.startsWith("*")) {
      node = tailOf(node, parts.length - index - 1);
    } else {
      const next = node.literals.get(part) ?? createNode<Handler>();
      node.literals.set(part, next);
      node = next;
    }
  }
  if (node.entries.has(route.method)) throw new Error(`two routes for ${route.method} ${route.pattern}`);
  const names = parts.flatMap((part) => (part.startsWith(":") || part.startsWith("*") ? [part.slice(1)] : []));
  node.entries.set(route.method, { route, names });
}

/** The node behind a wildcard that this many segments follow. */
function tailOf<Handler>(node: Node<Handler>, segmentCount: number): Node<Handler> {
  const known = node.tails.find((tail) => tail.segmentCount === segmentCount);
  if (known !== undefined) return known.node;
  const added = { segmentCount, node: createNode<Handler>() };
  node.tails.push(added);
  node.tails.sort((one, other) => other.segmentCount - one.segmentCount);
  return added.node;
}

function find<Handler>(
  node: Node<Handler>,
  segments: readonly string[],
  index: number,
  values: string[],
): Node<Handler> | null {
  const segment = segments[index];
  if (segment === undefined) return node.entries.size > 0 ? node : null;
  const literal = node.literals.get(segment);
  if (literal !== undefined) {
    const found = find(literal, segments, index + 1, values);
    if (found !== null) return found;
  }
  if (node.parameter !== null) {
    values.push(segment);
    const found = find(node.parameter, segments, index + 1, values);
    if (found !== null) return found;
    values.pop();
  }
  for (const tail of node.tails) {
    const start = segments.length - tail.segmentCount;
    if (start <= index) continue;
    values.push(segments.slice(index, start).join("/"));
    const found = find(tail.node, segments, start, values);
    if (found !== null) return found;
    values.pop();
  }
  return null;
}

function nameValues(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  for (const [index, name] of names.entries()) named[name] = values[index] ?? "";
  return named;
}
