import type { LargeStorePlaces } from "./large-store-places.ts";
import type { RequestPlan } from "./load/request-source.ts";
import type { StowageServer } from "./servers/stowage.ts";

/** Where an operation is asked for. */
export interface OperationPlace {
  readonly server: Pick<StowageServer, "folderOf" | "tokenHeaders">;
  readonly places: LargeStorePlaces;
  /** Versions `seededVersion(0)` and on of the package `huge`, in each of the namespaces: half of what is there. */
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
const pageSize = 20;
/** GitLab's numbered pages go no further than an offset of 50,000. */
const deepestPage = 50_000 / pageSize + 1;
/** A package of a hundred versions at most, whose name is part of no other's. */
const rareName = "small-0";
const absentName = "of-this-name-there-is-none";

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

/** A list of the user's packages, in Gitea's manner. */
function ofUser(name: string, title: string, queryOf: (place: OperationPlace) => string): LargeStoreOperation {
  return read(name, title, (place) => `/api/v1/packages/bench?limit=${pageSize}${queryOf(place)}`);
}

/** A list of the project's packages, in GitLab's. */
function ofProject(name: string, title: string, queryOf: (place: OperationPlace) => string): LargeStoreOperation {
  return read(name, title, (place) => `${place.places.projectPackages}?per_page=${pageSize}${queryOf(place)}`);
}

/** The whole list has twice as many. */
function middlePage(versionsInHuge: number): number {
  return Math.ceil(versionsInHuge / pageSize);
}

/** A file of the version that each number of this turn stands for. */
function ownFile({ server, turn }: OperationPlace, file: string): string {
  return `${server.folderOf("huge", `2.${turn}.#`)}${file}`;
}

const lists: readonly LargeStoreOperation[] = [
  ofUser("list", "list of packages, first page", () => ""),
  ofUser("list-middle", "list of packages, a page in the middle", ({ versionsInHuge }) => `&page=${middlePage(versionsInHuge)}`),
  ofUser("list-found", "list of packages by name, half of all", () => "&q=huge"),
  ofUser("list-few", "list of packages by name, few", () => `&q=${rareName}`),
  ofUser("list-none", "list of packages by name, none", () => `&q=${absentName}`),
  ofProject("list-gitlab", "list of packages, GitLab's, first page", () => ""),
  ofProject("list-later-gitlab", "list of packages, GitLab's, the middle or the last page with a number", ({ versionsInHuge }) =>
    `&page=${Math.min(deepestPage, middlePage(versionsInHuge))}`,
  ),
  read("list-keyset-gitlab", "list of packages, GitLab's, a page in the middle by key", ({ places }) => places.keysetPage),
  ofProject("list-found-gitlab", "list of packages by name, GitLab's, half of all", () => "&package_name=huge"),
  ofProject("list-few-gitlab", "list of packages by name, GitLab's, few", () => `&package_name=${rareName}`),
  ofProject("list-none-gitlab", "list of packages by name, GitLab's, none", () => `&package_name=${absentName}`),
  read("list-group", "list of packages of a group with two projects", ({ places }) => `/api/v4/groups/${places.groupPath}/packages?per_page=${pageSize}`),
];

/** Deletes remove what the uploads before them made. */
const changes: readonly LargeStoreOperation[] = [
  {
    name: "put",
    title: "PUT of a new version",
    expectedStatus: 201,
    plan: (place) => ({ kind: "put", path: ownFile(place, "a.bin"), sizeBytes: smallBytes, headers: place.server.tokenHeaders }),
  },
  {
    name: "put-gitlab",
    title: "PUT of a new version, GitLab's path",
    expectedStatus: 201,
    plan: ({ server, places, turn }) => ({
      kind: "put", path: `${places.projectPackages}/generic/huge/2.${turn}.#/a.bin`, sizeBytes: smallBytes, headers: server.tokenHeaders,
    }),
  },
  {
    name: "put-further",
    title: "PUT of a further file in a version",
    expectedStatus: 201,
    plan: (place) => ({ kind: "put", path: ownFile(place, "b.bin"), sizeBytes: smallBytes, headers: place.server.tokenHeaders }),
  },
  {
    name: "delete-file",
    title: "DELETE of one file of a version",
    expectedStatus: 204,
    plan: (place) => ({ kind: "delete", path: ownFile(place, "b.bin"), headers: place.server.tokenHeaders }),
  },
  {
    name: "delete",
    title: "DELETE of a version",
    expectedStatus: 204,
    plan: (place) => ({ kind: "delete", path: ownFile(place, "").replace(/\/$/, ""), headers: place.server.tokenHeaders }),
  },
];

/** The operations that are timed, in the order of the table. */
export const largeStoreOperations: readonly LargeStoreOperation[] = [
  read("get", "GET of a file", ({ server }) => `${server.folderOf("huge", "{version}")}file-3.bin`),
  read("get-gitlab", "GET of a file, GitLab's path", ({ places }) => `${places.projectPackages}/generic/huge/{version}/file-3.bin`),
  ...lists,
  read("files", "list of a version's files", () => "/api/v1/packages/bench/generic/huge/{version}/files"),
  {
    name: "files-gitlab",
    title: "list of a package's files, GitLab's",
    expectedStatus: 200,
    plan: ({ server, places, versionsInHuge }) => ({
      kind: "get", path: `${places.projectPackages}/#/package_files?per_page=${pageSize}`, first: places.firstPackageId,
      headers: server.tokenHeaders, ...spread(versionsInHuge),
    }),
  },
  read("latest", "latest version", () => "/api/v1/packages/bench/generic/huge/-/latest"),
  {
    name: "graphql",
    title: "GraphQL, what a group and a project have set for packages",
    expectedStatus: 200,
    plan: ({ server, places }) => ({ kind: "post", path: "/api/graphql", body: JSON.stringify({ query: graphqlQuery(places) }), headers: server.tokenHeaders }),
  },
  ...changes,
];

/** All that the schema has of packages: it names none of them. */
function graphqlQuery({ groupPath, projectPath }: LargeStorePlaces): string {
  return `{ group(fullPath: "${groupPath}") { packageSettings { genericDuplicatesAllowed } }
    project(fullPath: "${projectPath}") { packagesCleanupPolicy { keepNDuplicatedPackageFiles nextRunAt } } }`;
}
