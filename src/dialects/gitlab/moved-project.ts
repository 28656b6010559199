import type { Actor } from "../../core/actor.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { requestPath } from "../../http/request-path.ts";
import { secretNames } from "../../http/token-credentials.ts";
import { jsonAnswer } from "./answers.ts";

/** The project was asked for by a path that it had before: its answer leads to its number (lib/api/helpers.rb, find_project!). */
export class MovedProject extends Error {
  override readonly name = "MovedProject";
  /** The same request with the project's number; null for methods that are not led on. */
  readonly location: string | null;

  constructor(location: string | null) {
    super("the project has moved");
    this.location = location;
  }
}

/**
 * What to throw for a path below `/api/v4/projects`, or before the dash of a page's address, that no project has, if one
 * that the caller may know of had it; null otherwise. Credentials in the query are not repeated.
 */
export async function movedProject(registry: Registry, exchange: Exchange, actor: Actor, path: string): Promise<MovedProject | null> {
  const segments = requestPath(exchange.request.url).split("/");
  const isApi = segments.slice(1, 4).join("/") === "api/v4/projects";
  const dash = segments.indexOf("-");
  if (!isApi && dash < 0) return null;
  const namespace = await registry.findMoved(actor, path);
  if (namespace === null) return null;
  if (exchange.method !== "GET" && exchange.method !== "HEAD") return new MovedProject(null);
  if (isApi) segments[4] = String(namespace.id);
  else segments.splice(1, dash - 1, ...namespace.path.split("/"));
  const query = new URLSearchParams(exchange.query);
  for (const name of secretNames) query.delete(name);
  return new MovedProject(`${exchange.publicUrl()}${segments.join("/")}${query.size === 0 ? "" : `?${query.toString()}`}`);
}

/** The answer for a project that has moved. */
export function movedAnswer({ location }: MovedProject): Response {
  if (location === null) return jsonAnswer(405, { message: "Non GET methods are not allowed for moved projects" });
  return jsonAnswer(301, { message: `This resource has been moved permanently to ${location}` }, { location });
}
