import type { Visibility } from "../../src/core/domain.ts";
import { relations, type Relation } from "./gitlab-relations.ts";

/**
 * Who gets what in a private place; `ok` stands for the route's own success. Written by GitLab's rule: a credential that
 * is none is 401, what the caller cannot see is 404 (the generic routes ask the anonymous to sign in), what is seen without
 * the right is 403; a token's scopes come first. A form of credential that a route does not take counts for nothing: the
 * caller is anonymous. Routes of access tokens say 401 or 400 where others say 403 (lib/api/personal_access_tokens.rb,
 * resource_access_tokens.rb), and whoever may see a project in a group sees the group (app/policies/group_policy.rb).
 */
const privateText = `
  line                   anonymous stranger guest reporter developer maintainer owner admin inactive read-api unrelated expired revoked deploy-rw deploy-r deploy-else job job-else job-admin bot
  generic.read           401       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     ok        ok       404         ok  404      404       ok
  generic.publish        401       404      403   403      ok        ok         ok    ok    404      403      403       401     401     ok        403      404         ok  404      404       ok
  generic.delete         401       404      403   403      403       ok         ok    ok    404      403      403       401     401     403       403      404         403 404      404       ok
  packages.read          404       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     404       404      404         ok  404      404       ok
  packages.delete        404       404      403   403      403       ok         ok    ok    404      403      403       401     401     404       404      404         403 404      404       ok
  project.read           404       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     404       404      404         ok  404      404       ok
  release.change         404       404      403   403      ok        ok         ok    ok    404      403      403       401     401     404       404      404         ok  404      404       ok
  release.file           401       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     401       401      401         ok  404      404       ok
  release.file.near      401       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     401       401      401         404 404      404       404
  release.file.group     401       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     401       401      401         404 404      404       404
  group.read             404       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     404       404      404         404 404      404       ok
  configure.read         401       404      403   403      403       ok         ok    ok    404      ok       403       401     401     401       401      401         401 401      401       ok
  configure.write        401       404      403   403      403       ok         ok    ok    404      403      403       401     401     401       401      401         401 401      401       ok
  project.remove         401       404      403   403      403       403        ok    ok    404      403      403       401     401     401       401      401         401 401      401       404
  group.remove           401       404      403   403      403       403        ok    ok    404      403      403       401     401     401       401      401         401 401      401       404
  group.keeper.read      401       404      403   403      403       ok         ok    ok    404      ok       403       401     401     401       401      401         401 401      401       403
  group.owner.read       401       404      403   403      403       403        ok    ok    404      ok       403       401     401     401       401      401         401 401      401       403
  group.owner.write      401       404      403   403      403       403        ok    ok    404      403      403       401     401     401       401      401         401 401      401       403
  subgroup.create        401       404      403   403      403       ok         ok    ok    403      403      403       401     401     401       401      401         401 401      401       403
  members.read           401       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     401       401      401         401 401      401       ok
  project.tokens.read    401       404      401   401      401       ok         ok    ok    404      ok       403       401     401     401       401      401         401 401      401       ok
  project.tokens.end     401       404      401   401      401       ok         ok    ok    404      403      403       401     401     401       401      401         401 401      401       ok
  project.tokens.renew   401       404      401   401      401       ok         ok    ok    404      403      403       401     401     401       401      401         401 401      401       401
  project.tokens.make    401       404      400   400      400       ok         ok    ok    404      403      403       401     401     401       401      401         401 401      401       400
  group.tokens.read      401       404      401   401      401       401        ok    ok    404      ok       403       401     401     401       401      401         401 401      401       401
  group.tokens.change    401       404      401   401      401       401        ok    ok    404      403      403       401     401     401       401      401         401 401      401       401
  group.tokens.make      401       404      400   400      400       400        ok    ok    404      403      403       401     401     401       401      401         401 401      401       400
  anyone                 ok        ok       ok    ok       ok        ok         ok    ok    ok       ok       403       401     401     ok        ok       ok          ok  ok       ok        ok
  user.projects          ok        ok       ok    ok       ok        ok         ok    ok    404      ok       403       401     401     ok        ok       ok          ok  ok       ok        ok
  graphql                ok        ok       ok    ok       ok        ok         ok    ok    ok       ok       ok        401     401     ok        ok       ok          ok  ok       ok        ok
  probe                  ok        ok       ok    ok       ok        ok         ok    ok    ok       ok       ok        401     401     ok        ok       ok          ok  ok       ok        ok
  signed.in              401       ok       ok    ok       ok        ok         ok    ok    403      ok       403       401     401     401       401      401         401 401      401       ok
  users.read             403       ok       ok    ok       ok        ok         ok    ok    403      ok       403       401     401     403       403      403         403 403      403       ok
  own.project.make       401       ok       ok    ok       ok        ok         ok    ok    403      403      403       401     401     401       401      401         401 401      401       400
  group.project.make     401       400      400   400      ok        ok         ok    ok    403      403      403       401     401     401       401      401         401 401      401       400
  own.write              401       ok       ok    ok       ok        ok         ok    ok    403      403      403       401     401     401       401      401         401 401      401       403
  own.tokens             401       ok       ok    ok       ok        ok         ok    ok    401      ok       403       401     401     401       401      401         401 401      401       ok
  shown.token            401       ok       ok    ok       ok        ok         ok    ok    403      ok       ok        401     401     401       401      401         401 401      401       ok
  shown.token.renew      401       ok       ok    ok       ok        ok         ok    ok    403      403      403       401     401     401       401      401         401 401      401       ok
  owners.token.read      401       401      401   401      401       401        ok    ok    401      ok       403       401     401     401       401      401         401 401      401       401
  owners.token.change    401       401      401   401      401       401        ok    ok    401      403      403       401     401     401       401      401         401 401      401       401
  administrator.read     401       403      403   403      403       403        403   ok    403      ok       403       401     401     401       401      401         401 401      401       403
  administrator.write    401       403      403   403      403       403        403   ok    403      403      403       401     401     401       401      401         401 401      401       403
  namespace.read         401       404      ok    ok       ok        ok         ok    ok    404      ok       403       401     401     401       401      401         401 401      401       404
`;

/** What differs where more is seen: the relations that hold no right in the place, in a public and in an internal one. */
const openText = `
  line                   place    anonymous stranger inactive deploy-else job-else job-admin
  generic.read           public   ok        ok       403      ok          ok       ok
  generic.read           internal 401       ok       404      404         ok       ok
  generic.publish        public   401       403      403      403         403      403
  generic.publish        internal 401       403      404      404         403      403
  generic.delete         public   401       403      403      403         403      403
  generic.delete         internal 401       403      404      404         403      403
  packages.read          public   ok        ok       403      ok          ok       ok
  packages.read          internal 404       ok       404      404         ok       ok
  packages.delete        public   403       403      403      403         403      403
  packages.delete        internal 404       403      404      404         403      403
  project.read           public   ok        ok       403      ok          ok       ok
  project.read           internal 404       ok       404      404         ok       ok
  release.change         public   403       403      403      403         403      403
  release.change         internal 404       403      404      404         403      403
  release.file           public   ok        ok       403      ok          ok       ok
  release.file           internal 401       ok       404      401         ok       ok
  group.read             public   ok        ok       403      ok          ok       ok
  group.read             internal 404       ok       404      404         404      404
  configure.read         public   401       403      403      401         401      401
  configure.read         internal 401       403      404      401         401      401
  configure.write        public   401       403      403      401         401      401
  configure.write        internal 401       403      404      401         401      401
  project.remove         public   401       403      403      401         401      401
  project.remove         internal 401       403      404      401         401      401
  group.remove           public   401       403      403      401         401      401
  group.remove           internal 401       403      404      401         401      401
  group.keeper.read      public   401       403      403      401         401      401
  group.keeper.read      internal 401       403      404      401         401      401
  group.owner.read       public   401       403      403      401         401      401
  group.owner.read       internal 401       403      404      401         401      401
  group.owner.write      public   401       403      403      401         401      401
  group.owner.write      internal 401       403      404      401         401      401
  subgroup.create        public   401       403      403      401         401      401
  subgroup.create        internal 401       403      403      401         401      401
  members.read           public   401       ok       403      401         401      401
  members.read           internal 401       ok       404      401         401      401
  project.tokens.read    public   401       401      -        401         401      401
  project.tokens.read    internal 401       401      404      401         401      401
  project.tokens.end     public   401       401      401      401         401      401
  project.tokens.end     internal 401       401      404      401         401      401
  project.tokens.renew   public   401       401      401      401         401      401
  project.tokens.renew   internal 401       401      404      401         401      401
  project.tokens.make    public   401       400      400      401         401      401
  project.tokens.make    internal 401       400      404      401         401      401
  group.tokens.read      public   401       401      -        401         401      401
  group.tokens.read      internal 401       401      404      401         401      401
  group.tokens.change    public   401       401      401      401         401      401
  group.tokens.change    internal 401       401      404      401         401      401
  group.tokens.make      public   401       400      400      401         401      401
  group.tokens.make      internal 401       400      404      401         401      401
  group.project.make     public   401       400      403      401         401      401
  group.project.make     internal 401       400      403      401         401      401
  namespace.read         public   401       ok       403      401         401      401
  namespace.read         internal 401       ok       404      401         401      401
`;

const tableOf = (text: string): readonly (readonly string[])[] => text.trim().split("\n").map((row) => row.trim().split(/\s+/));
/** The lines of the table for private places, each with its cells; the first is the head. */
export const privateTable = tableOf(privateText);
/** The same for what differs elsewhere, the place after the name. */
export const openTable = tableOf(openText);
const [privateHead = [], ...privateRows] = privateTable;
const [openHead = [], ...openRows] = openTable;

/** The lines of the table for private places. */
export const lineNames: readonly string[] = privateRows.map(([name = ""]) => name);

/** The status that a relation gets by a line; null where no line tells. */
export function statusFor(line: string, visibility: Visibility, relation: Relation, success: number): number | null {
  if (!lineNames.includes(line)) throw new Error(`the table has no line ${line}`);
  const isPrivate = visibility === "private";
  const row = isPrivate ? privateRows.find(([name]) => name === line) : openRows.find(([name, place]) => name === line && place === visibility);
  const word = row?.[(isPrivate ? privateHead : openHead).indexOf(relation)];
  if (word === undefined || word === "-" || word === line) return null;
  return word === "ok" ? success : Number(word);
}

/** What is wrong with the tables themselves: nothing, unless somebody forgot a column. */
export function problemsOfLines(): readonly string[] {
  const isWord = (word: string): boolean => word === "ok" || /^(?:40[0134]|-)$/.test(word);
  const heads = relations.join() === privateHead.slice(1).join() ? [] : ["the head does not name every relation"];
  return [
    ...heads,
    ...privateRows.filter((row) => row.length !== privateHead.length || !row.slice(1).every(isWord)).map(([name]) => `private ${name}`),
    ...openRows.filter((row) => row.length !== openHead.length || !row.slice(2).every(isWord)).map(([name]) => `open ${name}`),
    ...openRows.filter(([name = ""]) => !lineNames.includes(name)).map(([name]) => `no line ${name}`),
  ];
}
