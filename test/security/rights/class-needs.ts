/**
 * What a token's scopes have to reach for a class of routes: an area, and r to read or w to change in it; `any` where every
 * token will do. `a+b` is both, `a|b` one of them, where a word with an underscore is a scope itself; `a/b` is a for what is
 * the caller's own and both for what is others'. `unconfined` is a token that is not limited to what is public,
 * `everything` one of scope `api` or `all`: who makes a token of some scopes holds them all. What stands after `;` is asked
 * last, of whoever has the right. A line with a pattern is for the
 * routes of the class that begin with it.
 */
export const needsTable = `
  class                  needs           routes
  packages.read          package:r       *
  packages.publish       package:w       *
  packages.delete        package:w       *
  rest.read              package:r       *
  rest.publish           package:w       *
  rest.delete            package:w       *
  anyone                 any             /healthz
  anyone                 any             /readyz
  anyone                 misc:r          /api/v1/version
  private.user           user:r          *
  private.group          organization:r  *
  signed.in              organization:w  /api/v1/orgs
  signed.in              user:r          *
  administrator          admin:w         *
  group.owner            organization:w  *
  team.owner             organization:w  *
  tokens                 user            *
  tokens.by.token        any             *
  tokens.by.password     any             *
  operator               admin:r         *
  generic.read           package:r       *
  generic.publish        package:w       *
  generic.delete         package:w       *
  packages.delete        package:w       *
  project.read           project:r       *
  release.change         release:w       *
  release.file           release:r       *
  release.file.near      release:r       *
  release.file.group     release:r       *
  group.read             package:r       /api/v4/groups/:id/packages
  group.read             project:r+group:r  /api/v4/groups/:id/projects
  group.read             organization:r  *
  configure.read         repository:r    *
  configure.write        repository:w;package:r+unconfined POST:/api/v4/projects/:id/deploy_tokens
  configure.write        repository:w    *
  project.remove         repository:w    *
  group.remove           organization:w  *
  group.keeper.read      organization:r  *
  group.owner.read       organization:r  *
  group.owner.write      organization:w;package:r+unconfined POST:/api/v4/groups/:id/deploy_tokens
  group.owner.write      organization:w  *
  subgroup.create        organization:w  *
  members.read           organization:r  /api/v4/groups
  members.read           project:r       *
  project.tokens.read    repository:r    *
  project.tokens.end     repository:w    *
  project.tokens.renew   repository:w;user:r+unconfined *
  project.tokens.make    repository:w;user:r+unconfined *
  group.tokens.read      organization:r  *
  group.tokens.change    organization:w;user:r+unconfined /api/v4/groups/:id/access_tokens/:token_id/rotate
  group.tokens.change    organization:w  *
  group.tokens.make      organization:w;user:r+unconfined *
  anyone                 organization:r  /api/v4/groups
  anyone                 project:r       *
  user.projects          project:r       *
  graphql                any             *
  probe                  any             *
  users.read             user:r          *
  own.project.make       repository:w    *
  group.project.make     repository:w    *
  own.write              organization:w  /api/v4/groups
  own.write              user:w;unconfined *
  own.tokens             user:r          *
  shown.token            any             *
  shown.token.renew      user:w|self_rotate *
  owners.token.read      user:r/admin:r  *
  owners.token.change    user:w/admin:w;everything /api/v4/personal_access_tokens/:token_id/rotate
  owners.token.change    user:w/admin:w  *
  administrator.read     admin:r         *
  administrator.write    admin:w;user:r+unconfined /api/v4/users/:user_id/personal_access_tokens
  administrator.write    admin:w;repository:w /api/v4/projects/user/:user_id
  administrator.write    admin:w         *
  namespace.read         user:r          *
`;

/** What a class needs: one of these, each of which is all of its parts; a part is an area and a reach, or a scope. */
export type ScopeNeed = readonly (readonly string[])[];

/** Words of the table that are no area. */
const words: readonly string[] = ["unconfined", "everything"];
const rows = needsTable.trim().split("\n").slice(1).map((line) => line.trim().split(/\s+/));

/** The classes that have a line. */
export const classesWithNeeds: readonly string[] = rows.map(([name = ""]) => name);

/**
 * What the routes of a class and pattern need of a token, before and after the caller's right is looked at; what an owner's own
 * things need where `isOwn`. Throws for a class that has no line.
 */
export function needsOf(
  { line, method, pattern }: { readonly line: string; readonly method: string; readonly pattern: string },
  isOwn: boolean,
): { readonly first: ScopeNeed; readonly last: ScopeNeed } {
  const row = rows.find(([name, , routes = ""]) => name === line && (routes === "*" || pattern.startsWith(routes) || routes === `${method}:${pattern}`));
  if (row === undefined) throw new Error(`no line says what the class ${line} needs of a token`);
  const [first = "", last = "any"] = (row[1] ?? "").split(";");
  const [own = "", others = null] = first.split("/");
  const inferred = method === "GET" ? "r" : "w";
  return {
    first: waysOf(isOwn || others === null ? own : `${own}+${others}`, inferred),
    last: waysOf(last, inferred),
  };
}

function waysOf(text: string, inferred: "r" | "w"): ScopeNeed {
  if (text === "any") return [[]];
  const whole = (part: string): string => (part.includes(":") || part.includes("_") || words.includes(part) ? part : `${part}:${inferred}`);
  return text.split("|").map((way) => way.split("+").map(whole));
}
