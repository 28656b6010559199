import { idOf, marker, type Place, type Town } from "./gitlab-places.ts";
import { at, atGroup, atProject, changing, ofGroup, ofProject, reading, type GitlabRow, type Probe } from "./gitlab-rows.ts";

const project = "/api/v4/projects/:id";
const group = "/api/v4/groups/:id";

/** A project beside the place's own, and a group below its group. */
const beside = async ({ make }: Town, { group: parent, visibility }: Place, fresh: string): Promise<Probe> => {
  const made = await make("POST", "/api/v4/projects", { path: fresh, namespace_id: parent.id, visibility, description: marker });
  return { path: `/api/v4/projects/${String(made["id"])}` };
};
const subgroup = async ({ make }: Town, { group: parent, visibility }: Place, fresh: string): Promise<Probe> => {
  const made = await make("POST", "/api/v4/groups", { name: fresh, path: fresh, parent_id: parent.id, visibility, description: marker });
  return { path: `/api/v4/groups/${String(made["id"])}` };
};

/** Projects and groups. */
export const treeRows: readonly GitlabRow[] = [
  reading("/api/v4/projects", "anyone", "anyone", at("/api/v4/projects")),
  reading(project, "namespace:read", "project.read", atProject("")),
  reading("/api/v4/users/:user_id/projects", "namespace:read", "user.projects", ({ userIds }) => ({ path: `/api/v4/users/${idOf(userIds, "owner")}/projects` })),
  reading(`${group}/projects`, "namespace:read", "group.read", atGroup("/projects")),
  changing("POST", "/api/v4/projects", "signed_in", "own.project.make", 201, (_town, _place, fresh) => ({
    path: "/api/v4/projects", body: { path: fresh },
  })),
  changing("POST", "/api/v4/projects", "signed_in", "group.project.make", 201, (_town, place, fresh) => ({
    path: "/api/v4/projects", body: { path: fresh, namespace_id: place.group.id, visibility: place.visibility },
  })),
  changing("POST", "/api/v4/projects/user/:user_id", "administrator", "administrator.write", 201, ({ userIds }, _place, fresh) => ({
    path: `/api/v4/projects/user/${idOf(userIds, "owner")}`, body: { path: fresh },
  })),
  changing("PUT", project, "namespace:configure", "configure.write", 200, (_town, place, fresh) => ({ path: ofProject(place), body: { name: fresh } })),
  changing("DELETE", project, "namespace:administer", "project.remove", 202, beside),

  reading("/api/v4/groups", "anyone", "anyone", at("/api/v4/groups")),
  reading(group, "namespace:read", "group.read", atGroup("")),
  reading(`${group}/subgroups`, "namespace:read", "group.read", atGroup("/subgroups")),
  reading(`${group}/descendant_groups`, "namespace:read", "group.read", atGroup("/descendant_groups")),
  changing("POST", "/api/v4/groups", "signed_in", "own.write", 201, (_town, _place, fresh) => ({ path: "/api/v4/groups", body: { name: fresh, path: fresh } })),
  changing("POST", "/api/v4/groups", "signed_in", "subgroup.create", 201, (_town, place, fresh) => ({
    path: "/api/v4/groups", body: { name: fresh, path: fresh, parent_id: place.group.id, visibility: place.visibility },
  })),
  changing("PUT", group, "namespace:administer", "group.owner.write", 200, (_town, place, fresh) => ({ path: ofGroup(place), body: { name: fresh } })),
  changing("DELETE", group, "namespace:administer", "group.remove", 202, subgroup),
  ...memberRows("project"),
  ...memberRows("group"),
];

function memberRows(kind: "project" | "group"): readonly GitlabRow[] {
  const isGroup = kind === "group";
  const root = isGroup ? ofGroup : ofProject;
  const all = `/api/v4/${kind}s/:id/members`;
  const right = isGroup ? "namespace:administer" : "namespace:configure";
  const read = "members.read";
  const write = isGroup ? "group.owner.write" : "configure.write";
  const member = (path: string, body?: unknown) => async ({ person, member: join }: Town, place: Place, fresh: string): Promise<Probe> => {
    const id = await person(fresh);
    await join((isGroup ? place.group : place.project).id, fresh, 20);
    return { path: `${root(place)}/members/${path}${id}`, body };
  };
  return [
    reading(all, "namespace:read", read, isGroup ? atGroup("/members") : atProject("/members")),
    reading(`${all}/all`, "namespace:read", read, isGroup ? atGroup("/members/all") : atProject("/members/all")),
    reading(`${all}/:user_id`, "namespace:read", read, member("")),
    reading(`${all}/all/:user_id`, "namespace:read", read, member("all/")),
    changing("POST", all, right, write, 201, async ({ person }, place, fresh) => ({
      path: `${root(place)}/members`, body: { user_id: await person(fresh), access_level: 20 },
    })),
    changing("PUT", `${all}/:user_id`, right, write, 200, member("", { access_level: 10 })),
    changing("DELETE", `${all}/:user_id`, "namespace:read", write, 204, member("")),
  ];
}

const rules = `${project}/packages/protection/rules`;
const rule = (fresh: string) => ({ package_name_pattern: `${marker}-${fresh}`, package_type: "generic", minimum_access_level_for_push: "maintainer" });
const aRule = (body?: unknown) => async ({ make }: Town, place: Place, fresh: string): Promise<Probe> => {
  const made = await make("POST", `${ofProject(place)}/packages/protection/rules`, rule(fresh));
  return { path: `${ofProject(place)}/packages/protection/rules/${String(made["id"])}`, body };
};

/** Protection rules. */
export const ruleRows: readonly GitlabRow[] = [
  reading(rules, "namespace:configure", "configure.read", atProject("/packages/protection/rules")),
  changing("POST", rules, "namespace:configure", "configure.write", 201, (_town, place, fresh) => ({
    path: `${ofProject(place)}/packages/protection/rules`, body: rule(fresh),
  })),
  changing("PATCH", `${rules}/:package_protection_rule_id`, "namespace:configure", "configure.write", 200, aRule({ minimum_access_level_for_push: "owner" })),
  changing("DELETE", `${rules}/:package_protection_rule_id`, "namespace:configure", "configure.write", 204, aRule()),
];

const native = "/api/stowage/v1";
const ofNamespace = (place: Place): string => `${native}/namespaces/${encodeURIComponent(place.project.path)}`;

/** The native dialect. */
export const nativeRows: readonly GitlabRow[] = [
  changing("POST", `${native}/job-tokens`, "administrator", "administrator.write", 201, (_town, place) => ({
    path: `${native}/job-tokens`, body: { user: "owner", namespace: place.project.path },
  })),
  changing("DELETE", `${native}/job-tokens/:id`, "administrator", "administrator.write", 204, async ({ make }, place) => {
    const made = await make("POST", `${native}/job-tokens`, { user: "owner", namespace: place.project.path });
    return { path: `${native}/job-tokens/${String(made["id"])}` };
  }),
  changing("POST", `${native}/namespaces/:ns/packages/:name/reservations`, "namespace:publish", "generic.publish", 201, (_town, place, fresh) => ({
    path: `${ofNamespace(place)}/packages/${fresh}/reservations`, body: { bump: "patch" },
  })),
  reading(`${native}/namespaces/:ns/settings`, "namespace:configure", "configure.read", (_town, place) => ({ path: `${ofNamespace(place)}/settings` })),
  changing("PATCH", `${native}/namespaces/:ns/settings`, "namespace:configure", "configure.write", 200, ({ number }, place) => ({
    path: `${ofNamespace(place)}/settings`, body: { keep_duplicated_files: 100 + number() },
  })),
];
