import type { RequestPlan } from "./load/request-source.ts";
import type { StowageServer } from "./servers/stowage.ts";

/** Where an operation is asked for. */
export interface OperationPlace {
  readonly server: StowageServer;
  /** Versions `seededVersion(0)` and on of the package `huge`. */
  readonly versionsInHuge: number;
  /** No two turns of one operation have the same. */
  readonly turn: number;
}

/** One thing that a client does. */
export interface LargeStoreOperation {
  readonly name: string;
  readonly title: string;
  readonly expectedStatus: number;
  readonly plan: (place: OperationPlace) => RequestPlan;
}

const mostPlaces = 1000;
const smallBytes = 1024;

/** Versions from all over the package, as many as there are up to a thousand. */
function spread(versionsInHuge: number): { readonly count: number; readonly stride: number } {
  const count = Math.min(mostPlaces, versionsInHuge);
  return { count, stride: Math.floor(versionsInHuge / count) };
}

function read(name: string, title: string, pathOf: (place: OperationPlace) => string): LargeStoreOperation {
  return {
    name,
    title,
    expectedStatus: 200,
    plan: (place) => ({ kind: "get", path: pathOf(place), headers: place.server.tokenHeaders, ...spread(place.versionsInHuge) }),
  };
}

/** The project's own folder in GitLab's API. */
function project({ server }: OperationPlace): string {
  return (server.gitlabFolderOf("x", "1") ?? "").replace("/generic/x/1/", "");
}

function middlePage(versionsInHuge: number): number {
  return Math.max(1, Math.floor(versionsInHuge / 20 / 2));
}

/** The operations that are timed, in the order of the table. Deletes remove what the uploads before them made. */
export const largeStoreOperations: readonly LargeStoreOperation[] = [
  read("get", "GET of a file", ({ server }) => `${server.folderOf("huge", "{version}")}file-3.bin`),
  read("get-gitlab", "GET of a file, GitLab's path", ({ server }) => `${server.gitlabFolderOf("huge", "{version}")}file-3.bin`),
  read("list", "list of packages, first page", () => "/api/v1/packages/bench?limit=20"),
  read("list-middle", "list of packages, a page in the middle", (place) => `/api/v1/packages/bench?limit=20&page=${middlePage(place.versionsInHuge)}`),
  read("list-found", "list of packages by name", () => "/api/v1/packages/bench?limit=20&q=huge"),
  read("list-gitlab", "list of packages, GitLab's, first page", (place) => `${project(place)}?per_page=20`),
  read("list-found-gitlab", "list of packages by name, GitLab's", (place) => `${project(place)}?per_page=20&package_name=huge`),
  read("files", "list of a version's files", () => "/api/v1/packages/bench/generic/huge/{version}/files"),
  read("latest", "latest version", () => "/api/v1/packages/bench/generic/huge/-/latest"),
  {
    name: "put",
    title: "PUT of a new version",
    expectedStatus: 201,
    plan: ({ server, turn }) => ({ kind: "put", path: `${server.folderOf("huge", `2.${turn}.#`)}a.bin`, sizeBytes: smallBytes, headers: server.tokenHeaders }),
  },
  {
    name: "put-gitlab",
    title: "PUT of a new version, GitLab's path",
    expectedStatus: 201,
    plan: ({ server, turn }) => ({
      kind: "put", path: `${server.gitlabFolderOf("huge", `2.${turn}.#`)}a.bin`, sizeBytes: smallBytes, headers: server.tokenHeaders,
    }),
  },
  {
    name: "delete",
    title: "DELETE of a version",
    expectedStatus: 204,
    plan: ({ server, turn }) => ({ kind: "delete", path: server.folderOf("huge", `2.${turn}.#`).replace(/\/$/, ""), headers: server.tokenHeaders }),
  },
];
