import type { Visibility } from "../../../src/core/domain.ts";
import { idOf, openTown, type Town } from "../gitlab-places.ts";
import type { Site } from "../site.ts";
import { createDirectDoor, type DirectDoor } from "./in-process.ts";
import { giteaSubjects, gitlabSubjects, nowMs, password, type Subject } from "./product-subjects.ts";

/** One server with the people and places of both dialects' tables, which is set up and asked without a connection. */
export interface ProductSite {
  readonly town: Town;
  readonly door: DirectDoor;
  /** Those who ask at Gitea's routes, whatever the place. */
  readonly giteaSubjects: readonly Subject[];
  /** Those who ask at GitLab's and the native routes, by place. */
  readonly gitlabSubjects: Readonly<Record<Visibility, readonly Subject[]>>;
}

/** The organisations of Gitea's rows, by visibility. */
export const vaults = { private: "vault", internal: "vault-limited", public: "vault-open" } as const;

export async function openProductSite(folder: string): Promise<ProductSite> {
  const door = createDirectDoor();
  // What the server checks and notes by itself each minute would be taken for what a request has changed.
  const settings = { STOWAGE_SCRUB_INTERVAL_SECONDS: "0", STOWAGE_GC_INTERVAL_SECONDS: "0" };
  const town = await openTown(settings, { listen: door.listen, fetch: door.fetch, keepsAccessLog: false, folder, clock: { nowMs: () => nowMs } });
  await addGiteaPeople(town);
  await addBarred(town);
  return {
    town, door,
    giteaSubjects: await giteaSubjects(town),
    gitlabSubjects: {
      private: await gitlabSubjects(town, town.places.private),
      internal: await gitlabSubjects(town, town.places.internal),
      public: await gitlabSubjects(town, town.places.public),
    },
  };
}

/** The organisations of Gitea's rows, with a team for each right. */
async function addGiteaPeople({ site, person }: Town): Promise<void> {
  const change = { login_name: "", source_id: 0 };
  const added = ["sam", "reader", "writer", "olga", "ines", "barry"];
  for (const name of added) await person(name);
  for (const name of [...added, "chief", "owner"]) await site.must("PATCH", `/api/v1/admin/users/${name}`, { ...change, password });
  for (const [visibility, vault] of Object.entries(vaults)) {
    await site.must("POST", "/api/v1/orgs", { username: vault, visibility: visibility === "internal" ? "limited" : visibility });
    await site.addTeam(vault, "read", "reader");
    await site.addTeam(vault, "write", "writer");
    await site.addTeam(vault, "admin", "olga", "ines", "barry");
  }
  await site.must("PATCH", "/api/v1/admin/users/olga", { ...change, visibility: "private" });
  await site.must("PATCH", "/api/v1/admin/users/ines", { ...change, active: false });
  await site.must("PATCH", "/api/v1/admin/users/barry", { ...change, prohibit_login: true });
}

/** An owner of every place who is barred. */
async function addBarred({ person, member, places, make, userIds }: Town): Promise<void> {
  await person("barred");
  for (const { group } of Object.values(places)) await member(group.id, "barred", 50);
  await make("POST", `/api/v4/users/${idOf(userIds, "barred")}/block`);
}

/** The same site, where what a row says of the organisation `vault` is about another one. */
export function siteAt(site: Site, vault: string): Site {
  const moved = (path: string): string => movedPath(path, vault);
  return {
    ...site,
    must: (method, path, body) => site.must(method, moved(path), body),
    addTeam: (organisation, right, ...members) => site.addTeam(organisation === "vault" ? vault : organisation, right, ...members),
  };
}

/** A path of a row, about another organisation than `vault`. */
export function movedPath(path: string, vault: string): string {
  return path.replace(/\/vault(?=\/|$)/, `/${vault}`);
}
