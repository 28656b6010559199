import type { Place, Town } from "./gitlab-places.ts";
import { marker } from "./gitlab-places.ts";

/** A request to a route, with everything in place for it to succeed. */
export interface Probe {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Prepare = (town: Town, place: Place, fresh: string) => Promise<Probe> | Probe;

/** One route of the GitLab or native dialect, and by which line of the table callers get what. */
export interface GitlabRow {
  readonly method: string;
  readonly pattern: string;
  readonly access: string;
  readonly line: string;
  /** The status of a success. */
  readonly success: number;
  /** A success changes no record. */
  readonly isReading?: boolean;
  /** A success ends the token that asked. */
  readonly spendsToken?: boolean;
  /** Prepares a request; `fresh` is a name that nothing has yet. */
  prepare(town: Town, place: Place, fresh: string): Promise<Probe> | Probe;
}

export const reading = (pattern: string, access: string, line: string, prepare: Prepare, success = 200): GitlabRow => ({
  method: "GET", pattern, access, line, success, isReading: true, prepare,
});

export const changing = (method: string, pattern: string, access: string, line: string, success: number, prepare: Prepare): GitlabRow => ({
  method, pattern, access, line, success, prepare,
});

/** The path of a project's, or a group's, routes. */
export const ofProject = ({ project }: Place): string => `/api/v4/projects/${project.id}`;
export const ofGroup = ({ group }: Place): string => `/api/v4/groups/${group.id}`;

/** Requests to a fixed path below a project, and below a group. */
export const atProject = (path: string, body?: unknown): Prepare => (_town, place) => ({ path: ofProject(place) + path, body });
export const atGroup = (path: string, body?: unknown): Prepare => (_town, place) => ({ path: ofGroup(place) + path, body });
export const at = (path: string, body?: unknown): Prepare => () => ({ path, body });

/** A file of a new package; answers its number and that of its package. */
export async function publish({ make }: Pick<Town, "make">, project: string, fresh: string): Promise<{ packageId: number; fileId: number }> {
  const row = await make("PUT", `${project}/packages/generic/${fresh}/1.0/f?select=package_file`, marker);
  return { packageId: Number(row["package_id"]), fileId: Number(row["id"]) };
}

/** A release with one link; answers the link's number. */
export async function release({ make }: Pick<Town, "make">, project: string, tag: string): Promise<number> {
  await make("POST", `${project}/releases`, { tag_name: tag, name: marker, description: marker });
  const body = { name: marker, url: `https://example.com/${marker}/${tag}`, direct_asset_path: "/f" };
  return Number((await make("POST", `${project}/releases/${tag}/assets/links`, body))["id"]);
}
