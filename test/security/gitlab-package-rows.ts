import { marker, type Place, type Town } from "./gitlab-places.ts";
import { at, atProject, changing, ofGroup, ofProject, publish, reading, release, type GitlabRow, type Probe } from "./gitlab-rows.ts";

const project = "/api/v4/projects/:id";
const generic = `${project}/packages/generic/:package_name/:package_version`;
const onePackage = `${project}/packages/:package_id`;
const oneFile = `${onePackage}/package_files/:package_file_id`;

/** A request for something of a file that was published before. */
const published =
  (path: (fresh: string, ids: { packageId: number; fileId: number }, place: Place) => string) =>
  async (town: Town, place: Place, fresh: string): Promise<Probe> => {
    const ids = await publish(town, ofProject(place), fresh);
    return { path: path(fresh, ids, place) };
  };
const below = (path: (ids: { packageId: number; fileId: number }) => string) =>
  published((_fresh, ids, place) => `${ofProject(place)}/packages/${path(ids)}`);

/** Generic packages and the Packages API. */
export const packageRows: readonly GitlabRow[] = [
  changing("PUT", `${generic}/*file`, "namespace:publish", "generic.publish", 201, (_town, place, fresh) => ({
    path: `${ofProject(place)}/packages/generic/${fresh}/1.0/f`, body: marker,
  })),
  reading(`${generic}/*file`, "namespace:read", "generic.read", published((p, _ids, place) => `${ofProject(place)}/packages/generic/${p}/1.0/f`)),
  changing("DELETE", `${generic}/*file`, "namespace:delete", "generic.delete", 204, published((p, _ids, place) => `${ofProject(place)}/packages/generic/${p}/1.0/f`)),
  changing("DELETE", generic, "namespace:delete", "generic.delete", 204, published((p, _ids, place) => `${ofProject(place)}/packages/generic/${p}/1.0`)),

  reading(`${project}/packages`, "namespace:read", "packages.read", atProject("/packages")),
  reading("/api/v4/groups/:id/packages", "namespace:read", "group.read", (_town, place) => ({ path: `${ofGroup(place)}/packages` })),
  reading(onePackage, "namespace:read", "packages.read", below(({ packageId }) => `${packageId}`)),
  reading(`${onePackage}/package_files`, "namespace:read", "packages.read", below(({ packageId }) => `${packageId}/package_files`)),
  reading(`${oneFile}/download`, "namespace:read", "packages.read", below(({ packageId, fileId }) => `${packageId}/package_files/${fileId}/download`)),
  reading(`${onePackage}/pipelines`, "namespace:read", "packages.read", below(({ packageId }) => `${packageId}/pipelines`)),
  changing("DELETE", onePackage, "namespace:delete", "packages.delete", 204, below(({ packageId }) => `${packageId}`)),
  changing("DELETE", oneFile, "namespace:delete", "packages.delete", 204, below(({ packageId, fileId }) => `${packageId}/package_files/${fileId}`)),
  reading("/*project/-/package_files/:file_id/download", "namespace:read", "generic.read",
    published((_fresh, { fileId }, place) => `/${place.project.path}/-/package_files/${fileId}/download`)),
];

const oneRelease = `${project}/releases/:tag_name`;
const links = `${oneRelease}/assets/links`;

/** A request for something of a release that was made before. */
const released =
  (path: (tag: string, linkId: number) => string, body?: unknown) =>
  async (town: Town, place: Place, fresh: string): Promise<Probe> => {
    const linkId = await release(town, ofProject(place), fresh);
    return { path: `${ofProject(place)}/releases/${path(fresh, linkId)}`, body };
  };

/** Releases and their assets. */
export const releaseRows: readonly GitlabRow[] = [
  reading(`${project}/releases`, "namespace:read", "project.read", atProject("/releases")),
  changing("POST", `${project}/releases`, "namespace:publish", "release.change", 201, (_town, place, fresh) => ({
    path: `${ofProject(place)}/releases`, body: { tag_name: fresh },
  })),
  reading(oneRelease, "namespace:read", "project.read", released((tag) => tag)),
  changing("PUT", oneRelease, "namespace:publish", "release.change", 200, released((tag) => tag, { description: "another" })),
  changing("DELETE", oneRelease, "namespace:publish", "release.change", 200, released((tag) => tag)),
  reading(links, "namespace:read", "project.read", released((tag) => `${tag}/assets/links`)),
  changing("POST", links, "namespace:publish", "release.change", 201, released((tag) => `${tag}/assets/links`, { name: "n", url: "https://example.com/n" })),
  reading(`${links}/:link_id`, "namespace:read", "project.read", released((tag, link) => `${tag}/assets/links/${link}`)),
  changing("PUT", `${links}/:link_id`, "namespace:publish", "release.change", 200, released((tag, link) => `${tag}/assets/links/${link}`, { name: "n" })),
  changing("DELETE", `${links}/:link_id`, "namespace:publish", "release.change", 200, released((tag, link) => `${tag}/assets/links/${link}`)),
  reading(`${project}/releases/permalink/latest`, "namespace:read", "project.read", released(() => "permalink/latest"), 302),
  reading(`${project}/releases/permalink/latest/*suffix_path`, "namespace:read", "project.read", released(() => "permalink/latest/downloads/f"), 302),
  reading(`${oneRelease}/downloads/*direct_asset_path`, "namespace:read", "project.read", released((tag) => `${tag}/downloads/f`), 302),
  ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((depth) => {
    const parts = Array.from({ length: depth }, (_, index) => `/:part${index + 1}`).join("");
    const line = depth === 1 ? "release.file.group" : "release.file.near";
    const releasedAt = (path: (tag: string) => string) => async (town: Town, place: Place, fresh: string): Promise<Probe> => {
      const deep = await namespaceAt(town, place, depth, fresh);
      await release(town, `/api/v4/projects/${deep.id}`, fresh);
      return { path: `/${deep.path}/-/releases/${path(fresh)}` };
    };
    return [
      reading(`${parts}/-/releases/permalink/latest/downloads/*filepath`, "namespace:read", line, releasedAt(() => "permalink/latest/downloads/f"), 302),
      reading(`${parts}/-/releases/:tag/downloads/*filepath`, "namespace:read", line, releasedAt((tag) => `${tag}/downloads/f`), 302),
    ];
  }),
  reading("/:part1/:part2/-/releases/:tag/downloads/*filepath", "namespace:read", "release.file", async (town, place, fresh) => {
    await release(town, ofProject(place), fresh);
    return { path: `/${place.project.path}/-/releases/${fresh}/downloads/f` };
  }, 302),
];

/** The group itself, or a new project so deep below it. */
async function namespaceAt({ make }: Town, { group, visibility }: Place, depth: number, fresh: string): Promise<{ id: number; path: string }> {
  if (depth === 1) return group;
  let { id, path } = group;
  for (let level = 2; level < depth; level += 1) {
    const made = await make("POST", "/api/v4/groups", { name: fresh, path: `${fresh}-${level}`, parent_id: id, visibility });
    id = Number(made["id"]);
    path = String(made["full_path"]);
  }
  const made = await make("POST", "/api/v4/projects", { path: fresh, namespace_id: id, visibility });
  return { id: Number(made["id"]), path: `${path}/${fresh}` };
}

/** What cannot be here, told to whoever may read the project. */
export const absentRows: readonly GitlabRow[] = [
  ...["pipelines", "repository/tags", "merge_requests", "issues"].map((path) =>
    reading(`${project}/${path}`, "namespace:read", "project.read", atProject(`/${path}`)),
  ),
  reading(`${project}/repository/commits/:sha/merge_requests`, "namespace:read", "project.read", atProject("/repository/commits/abc/merge_requests")),
  ...([
    ["pipelines/:pipeline_id", "pipelines/1"],
    ["repository/tags/:tag", "repository/tags/v1"],
    ["merge_requests/:iid", "merge_requests/1"],
    ["merge_requests/:iid/*rest", "merge_requests/1/closes_issues"],
    ["issues/:iid", "issues/1"],
  ] as const).map(([pattern, path]) => reading(`${project}/${pattern}`, "namespace:read", "project.read", atProject(`/${path}`), 404)),
  reading("/api/graphql", "anyone", "graphql", at("/api/graphql?query=%7BcurrentUser%7Busername%7D%7D")),
  { ...changing("POST", "/api/graphql", "anyone", "graphql", 200, at("/api/graphql", { query: "{ currentUser { username } }" })), isReading: true },
];
