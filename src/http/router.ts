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

interface Node<Handler> {
  readonly literals: Map<string, Node<Handler>>;
  parameter: { readonly name: string; readonly node: Node<Handler> } | null;
  readonly routes: Map<string, Route<Handler>>;
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
    const route = node.routes.get(method === "HEAD" ? "GET" : method);
    if (route !== undefined) return { kind: "route", route, parameters: nameParameters(route.pattern, values) };
    const allowed = methods.filter((known) => node.routes.has(known) || (known === "HEAD" && node.routes.has("GET")));
    const pattern = node.routes.values().next().value?.pattern ?? "";
    return { kind: "wrong_method", allowed, pattern };
  };
}

function createNode<Handler>(): Node<Handler> {
  return { literals: new Map(), parameter: null, routes: new Map() };
}

function insert<Handler>(root: Node<Handler>, route: Route<Handler>): void {
  let node = root;
  for (const part of splitPattern(route.pattern)) {
    if (part.startsWith(":")) {
      node.parameter ??= { name: part.slice(1), node: createNode() };
      node = node.parameter.node;
    } else {
      const next = node.literals.get(part) ?? createNode<Handler>();
      node.literals.set(part, next);
      node = next;
    }
  }
  if (node.routes.has(route.method)) throw new Error(`two routes for ${route.method} ${route.pattern}`);
  node.routes.set(route.method, route);
}

function find<Handler>(
  node: Node<Handler>,
  segments: readonly string[],
  index: number,
  values: string[],
): Node<Handler> | null {
  const segment = segments[index];
  if (segment === undefined) return node.routes.size > 0 ? node : null;
  const literal = node.literals.get(segment);
  if (literal !== undefined) {
    const found = find(literal, segments, index + 1, values);
    if (found !== null) return found;
  }
  if (node.parameter === null) return null;
  values.push(segment);
  const found = find(node.parameter.node, segments, index + 1, values);
  if (found === null) values.pop();
  return found;
}

function splitPattern(pattern: string): readonly string[] {
  return pattern.split("/").filter((part) => part !== "");
}

function nameParameters(pattern: string, values: readonly string[]): Readonly<Record<string, string>> {
  const named: Record<string, string> = {};
  let index = 0;
  for (const part of splitPattern(pattern)) if (part.startsWith(":")) named[part.slice(1)] = values[index++] ?? "";
  return named;
}
