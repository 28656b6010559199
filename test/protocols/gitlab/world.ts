import type { RawResponse } from "../../support/raw-http.ts";
import type { RunningServer } from "../../support/server.ts";
import type { Names } from "../exchange.ts";

/**
 * Where a case happens: one of the three projects of group `acme` that all cases share, or a new one of this visibility.
 * `owner` owns the group; `maintainer`, `developer`, `reporter` and `guest` are members of each project.
 */
export type ProjectKind = "public" | "internal" | "private" | "fresh" | "fresh-internal" | "fresh-public";

/** A project and what addresses it. */
export interface Project {
  readonly id: number;
  /** `acme/public`, not encoded. */
  readonly path: string;
}

/** A server with group `acme`, its projects and people. */
export interface World {
  readonly server: RunningServer;
  readonly port: number;
  readonly url: string;
  /** Everything secret that was used: nothing of it may be logged. */
  readonly secrets: Set<string>;
  /** The project of this kind; a fresh one is made at each call. */
  project(kind: ProjectKind): Promise<Project>;
  /** The id of a user, who is made when first spoken of and is member of nothing but what `acme` says. */
  userId(name: string): Promise<number>;
  /**
   * The secret of a caller, null for `anonymous`. `NAME` is a personal token of scope api (`admin` the administrator's),
   * `NAME/read_api` one with these scopes, comma between; `deploy-rw`, `deploy-r`, `deploy-w` are deploy tokens of the
   * project, `job` a job token of the developer in it, `job:NAME` of another user.
   */
  secret(caller: string, projectId: number): Promise<string | null>;
  /**
   * Replaces `{p}` and other names, `{root}` (public address), `{port}`, `{project}` (id), `{path}` (encoded path),
   * `{api}` (/api/v4/projects/ID), `{id:public}` (another project's id), `{user:NAME}` (an id), `{token:CALLER}`.
   */
  fill(text: string, names: Names): Promise<string>;
  /** A request with JSON, `path` from the root; the administrator asks unless a caller is given. */
  api(method: string, path: string, body?: unknown, caller?: string): Promise<RawResponse>;
  /** The same; throws unless the answer has this status. */
  must(status: number, method: string, path: string, body?: unknown, caller?: string): Promise<RawResponse>;
}

/** The id of the project of a case. */
export function projectOf(names: Names): number {
  const id = Number(names.get("project"));
  if (!Number.isSafeInteger(id)) throw new Error("the case has no project");
  return id;
}
