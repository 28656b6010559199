import { idOf, marker, type Place, type Town } from "./gitlab-places.ts";
import { at, atGroup, atProject, changing, ofGroup, ofProject, reading, type GitlabRow, type Probe } from "./gitlab-rows.ts";

const users = "/api/v4/users";
const account = (path: string, body?: unknown) => async (town: Town, _place: Place, fresh: string): Promise<Probe> => ({
  path: `${users}/${await town.person(fresh)}${path}`, body,
});
/** An account in the state that a route ends. */
const accountThat = (was: string, becomes: string) => async ({ person, make }: Town, _place: Place, fresh: string): Promise<Probe> => {
  const id = await person(fresh);
  await make("POST", `${users}/${id}/${was}`);
  return { path: `${users}/${id}/${becomes}` };
};
const newUser = (fresh: string) => ({ username: fresh, name: fresh, email: `${fresh}@example.com`, force_random_password: true });

/** Accounts, and what the instance tells of itself. */
export const accountRows: readonly GitlabRow[] = [
  reading("/api/v4/user", "signed_in", "signed.in", at("/api/v4/user")),
  reading(users, "signed_in", "users.read", at(users)),
  reading(`${users}/:id`, "signed_in", "users.read", ({ userIds }) => ({ path: `${users}/${idOf(userIds, "owner")}` })),
  changing("POST", users, "administrator", "administrator.write", 201, (_town, _place, fresh) => ({ path: users, body: newUser(fresh) })),
  changing("PUT", `${users}/:id`, "administrator", "administrator.write", 200, account("", { name: "another" })),
  changing("DELETE", `${users}/:id`, "administrator", "administrator.write", 204, account("")),
  changing("POST", `${users}/:id/block`, "administrator", "administrator.write", 201, account("/block")),
  changing("POST", `${users}/:id/unblock`, "administrator", "administrator.write", 201, accountThat("block", "unblock")),
  changing("POST", `${users}/:id/deactivate`, "administrator", "administrator.write", 201, account("/deactivate")),
  changing("POST", `${users}/:id/activate`, "administrator", "administrator.write", 201, accountThat("deactivate", "activate")),
  reading("/api/v4", "anyone", "probe", at("/api/v4"), 404),
  reading("/api/v4/version", "signed_in", "signed.in", at("/api/v4/version")),
  reading("/api/v4/metadata", "signed_in", "signed.in", at("/api/v4/metadata")),
  reading("/api/v4/namespaces", "signed_in", "signed.in", at("/api/v4/namespaces")),
  reading("/api/v4/namespaces/:namespace_id", "namespace:read", "namespace.read", (_town, { group }) => ({ path: `/api/v4/namespaces/${group.id}` })),
  reading("/api/v4/application/plan_limits", "administrator", "administrator.read", at("/api/v4/application/plan_limits")),
  changing("PUT", "/api/v4/application/plan_limits", "administrator", "administrator.write", 200, ({ number }) => ({
    path: "/api/v4/application/plan_limits", body: { plan_name: "default", generic_packages_max_file_size: 1e9 + number() },
  })),
];

const tokens = "/api/v4/personal_access_tokens";
const newToken = (fresh: string, scope = "read_user") => ({ name: fresh, scopes: [scope], expires_at: "2099-01-01" });
const ownersToken = (path: string) => async ({ mint }: Town): Promise<Probe> => ({ path: `${tokens}/${(await mint("owner", ["api"])).id}${path}` });
const spending = (row: GitlabRow): GitlabRow => ({ ...row, spendsToken: true });

/** Personal access tokens. */
export const personalTokenRows: readonly GitlabRow[] = [
  reading(tokens, "self", "own.tokens", at(tokens)),
  reading(`${tokens}/self`, "self", "shown.token", at(`${tokens}/self`)),
  spending(changing("DELETE", `${tokens}/self`, "self", "shown.token", 204, at(`${tokens}/self`))),
  spending(changing("POST", `${tokens}/self/rotate`, "self", "shown.token.renew", 200, at(`${tokens}/self/rotate`))),
  reading(`${tokens}/:token_id`, "self", "owners.token.read", ownersToken("")),
  changing("DELETE", `${tokens}/:token_id`, "self", "owners.token.change", 204, ownersToken("")),
  changing("POST", `${tokens}/:token_id/rotate`, "self", "owners.token.change", 200, ownersToken("/rotate")),
  changing("POST", `${users}/:user_id/personal_access_tokens`, "administrator", "administrator.write", 201, ({ userIds }, _place, fresh) => ({
    path: `${users}/${idOf(userIds, "owner")}/personal_access_tokens`, body: newToken(fresh),
  })),
  changing("POST", "/api/v4/user/personal_access_tokens", "self", "own.write", 201, (_town, _place, fresh) => ({
    path: "/api/v4/user/personal_access_tokens", body: newToken(fresh),
  })),
];

/** Tokens of a project or a group, and its deploy tokens and variables. */
function keptRows(kind: "project" | "group"): readonly GitlabRow[] {
  const isGroup = kind === "group";
  const root = isGroup ? ofGroup : ofProject;
  const pattern = `/api/v4/${kind}s/:id`;
  const needed = isGroup ? "namespace:administer" : "namespace:configure";
  const lines = isGroup
    ? { end: "group.tokens.change", renew: "group.tokens.change", keep: "group.keeper.read", read: "group.owner.read", write: "group.owner.write" }
    : { end: "project.tokens.end", renew: "project.tokens.renew", keep: "configure.read", read: "configure.read", write: "configure.write" };
  const madeBefore = (path: string, body: (fresh: string) => unknown, request: (id: string, fresh: string) => Probe) =>
    async ({ make }: Town, place: Place, fresh: string): Promise<Probe> => {
      const made = await make("POST", `${root(place)}/${path}`, body(fresh));
      const { path: rest, body: sent } = request(String(made["id"]), fresh);
      return { path: `${root(place)}/${path}/${rest}`, body: sent };
    };
  const accessToken = (fresh: string) => ({ ...newToken(fresh), access_level: 10 });
  const anAccessToken = (rest: string) => madeBefore("access_tokens", accessToken, (id) => ({ path: id + rest }));
  const deployToken = (fresh: string) => ({ name: `${marker} ${fresh}`, scopes: ["read_package_registry"] });
  const aDeployToken = madeBefore("deploy_tokens", deployToken, (id) => ({ path: id }));
  const keyOf = (fresh: string): string => fresh.replaceAll("-", "_");
  const variable = (fresh: string) => ({ key: keyOf(fresh), value: marker });
  const aVariable = (body?: unknown) => madeBefore("variables", variable, (_id, fresh) => ({ path: keyOf(fresh), body }));
  const posting = (path: string, body: (fresh: string) => unknown) => (_town: Town, place: Place, fresh: string): Probe => ({
    path: `${root(place)}/${path}`, body: body(fresh),
  });
  const variableRight = isGroup ? "namespace:administer" : "namespace:configure";
  return [
    reading(`${pattern}/access_tokens`, needed, `${kind}.tokens.read`, isGroup ? atGroup("/access_tokens") : atProject("/access_tokens")),
    changing("POST", `${pattern}/access_tokens`, needed, `${kind}.tokens.make`, 201, posting("access_tokens", accessToken)),
    reading(`${pattern}/access_tokens/:token_id`, needed, `${kind}.tokens.read`, anAccessToken("")),
    changing("DELETE", `${pattern}/access_tokens/:token_id`, needed, lines.end, 204, anAccessToken("")),
    changing("POST", `${pattern}/access_tokens/:token_id/rotate`, needed, lines.renew, 200, anAccessToken("/rotate")),
    reading(`${pattern}/deploy_tokens`, "namespace:configure", lines.keep, isGroup ? atGroup("/deploy_tokens") : atProject("/deploy_tokens")),
    changing("POST", `${pattern}/deploy_tokens`, needed, lines.write, 201, posting("deploy_tokens", deployToken)),
    reading(`${pattern}/deploy_tokens/:token_id`, "namespace:configure", lines.keep, aDeployToken),
    changing("DELETE", `${pattern}/deploy_tokens/:token_id`, needed, lines.write, 204, aDeployToken),
    reading(`${pattern}/variables`, variableRight, lines.read, isGroup ? atGroup("/variables") : atProject("/variables")),
    changing("POST", `${pattern}/variables`, variableRight, lines.write, 201, posting("variables", variable)),
    reading(`${pattern}/variables/:key`, variableRight, lines.read, aVariable()),
    changing("PUT", `${pattern}/variables/:key`, variableRight, lines.write, 200, aVariable({ value: "another" })),
    changing("DELETE", `${pattern}/variables/:key`, variableRight, lines.write, 204, aVariable()),
  ];
}

/** Secrets of projects and groups, and the deploy tokens of all. */
export const keptSecretRows: readonly GitlabRow[] = [
  reading("/api/v4/deploy_tokens", "administrator", "administrator.read", at("/api/v4/deploy_tokens")),
  ...keptRows("project"),
  ...keptRows("group"),
];
