import { account, type StowageServer } from "./servers/stowage.ts";

const groupPath = "crowd";
/** The project that requests in GitLab's manner go to. */
const projectPath = `${groupPath}/files`;
const otherProjectPath = `${groupPath}/more`;

/** What a large store is filled in, in equal parts: a user's own namespace, and two projects of one group. */
export const largeStoreNamespaces: readonly string[] = [account.name, projectPath, otherProjectPath];

/** Where things are in a store that is filled. */
export interface LargeStorePlaces {
  readonly groupPath: string;
  readonly projectPath: string;
  /** Path of the packages of the project in GitLab's API, by its number, as scripts have it. */
  readonly projectPackages: string;
  /** Number of the project's first version; those of its package `huge` follow without a gap. */
  readonly firstPackageId: number;
  /** Path of a page in the middle of the project's list, by key. */
  readonly keysetPage: string;
}

type Asked = Pick<StowageServer, "port" | "tokenHeaders">;

const pageSize = "20";
const largestPageSize = 100;

/** Makes the group and its projects in a folder that is new. Throws when the server refuses. */
export async function makePlaces(server: Asked): Promise<void> {
  const group: { readonly id: number } = JSON.parse(await make(server, "/api/v4/groups", { name: groupPath, path: groupPath, visibility: "public" }));
  for (const path of [projectPath, otherProjectPath]) {
    const name = path.slice(groupPath.length + 1);
    await make(server, "/api/v4/projects", { name, namespace_id: group.id, visibility: "public" });
  }
}

/** Looks the places up. Throws when the store is not filled. */
export async function findPlaces(server: Asked, versionsInProject: number): Promise<LargeStorePlaces> {
  const found = await read(server, `/api/v4/projects/${encodeURIComponent(projectPath)}`);
  const project: { readonly id: number } = JSON.parse(found.text);
  const projectPackages = `/api/v4/projects/${project.id}/packages`;
  const [first]: readonly { readonly id: number }[] = JSON.parse((await read(server, `${projectPackages}?per_page=1`)).text);
  if (first === undefined) throw new Error(`${projectPath} holds no package`);
  const keysetPage = await findKeysetPage(server, projectPackages, Math.floor(versionsInProject / 2));
  return { groupPath, projectPath, projectPackages, firstPackageId: first.id, keysetPage };
}

/** Follows the links past so many versions, as a client has to: no number leads that far. */
async function findKeysetPage(server: Asked, packages: string, passedOver: number): Promise<string> {
  const size = Math.min(largestPageSize, passedOver);
  let path = `${packages}?pagination=keyset&per_page=${size}`;
  for (let passed = 0; passed + size <= passedOver; passed += size) {
    const next = /<([^>]+)>; rel="next"/.exec((await read(server, path)).link)?.[1];
    if (next === undefined) throw new Error(`${packages} ends after less than ${passedOver} versions`);
    const { pathname, search } = new URL(next);
    path = pathname + search;
  }
  const url = new URL(path, "http://127.0.0.1");
  url.searchParams.set("per_page", pageSize);
  return url.pathname + url.search;
}

async function make(server: Asked, path: string, what: Readonly<Record<string, unknown>>): Promise<string> {
  const headers = { ...server.tokenHeaders, "content-type": "application/json" };
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method: "POST", headers, body: JSON.stringify(what) });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`${path} answers ${answer.status}: ${text}`);
  return text;
}

async function read(server: Asked, path: string): Promise<{ readonly text: string; readonly link: string }> {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: server.tokenHeaders });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text}`);
  return { text, link: answer.headers.get("link") ?? "" };
}
