/** The methods that any route may have; every other one is the wrong method everywhere. */
export const methods = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"] as const;
export type Method = (typeof methods)[number];

/** A line of a route table. A GET also answers HEAD. */
export interface Route<Handler> {
  readonly method: Exclude<Method, "HEAD">;
  /** Segments separated by slashes; `:name` takes any one segment. */
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
  /** By method. */
  readonly entries: Map<string, Entry<Handler>>;
}

/**
 * Finds routes by the decoded segments of the raw target: nothing is decoded again, and a literal wins over a parameter.
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
  return { literals: new Map(), parameter: null, entries: new Map() };
}

function insert<Handler>(root: Node<Handler>, route: Route<Handler>): void {
  let node = root;
  const parts = route.pattern.split("/").filter((part) => part !== "");
  for (const part of parts) {
    if (part.startsWith(":")) {
      node.parameter ??= createNode();
      node = node.parameter;
    } else {
      const next = node.literals.get(part) ?? createNode<Handler>();
      node.literals.set(part, next);
      node = next;
    }
  }
  if (node.entries.has(route.method)) throw new Error(`two routes for ${route.method} ${route.pattern}`);
  const names = parts.flatMap((part) => (part.startsWith(":") ? [part.slice(1)] : []));
  node.entries.set(route.method, { route, names });
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
  if (node.parameter === null) return null;
  values.push(segment);
  const found = find(node.parameter, segments, index + 1, values);
  if (found === null) values.pop();
  return found;
}

function nameValues(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  for (const [index, name] of names.entries()) named[name] = values[index] ?? "";
  return named;
}
