import { openTable as gitlabOpen, privateTable as gitlabPrivate } from "../gitlab-lines.ts";
import { areas, credentialRows, deployTable, headOf, levelTable, table } from "../rights-tables.ts";
import { openTable as giteaOpen, privateTable as giteaPrivate } from "../route-table.ts";
import { needsTable } from "./class-needs.ts";
import { formTable } from "./credential-forms.ts";

/** A table in Markdown; the first row is its head. */
function markdown(rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const [head = [], ...others] = rows;
  return [line(head), line(head.map(() => "---")), ...others.map(line)].join("\n");
}

const ofText = (text: string): readonly (readonly string[])[] => [headOf(text), ...table(text)];
const named = (head: string, rows: readonly (readonly string[])[]): readonly (readonly string[])[] => [[head, ...(rows[0] ?? []).slice(1)], ...rows.slice(1)];

/** The whole of docs/rights.md: what the tests read, for people. */
export function rightsDocument(): string {
  return `# Who may do what

Two tables say it. The first leads from what a request carries to who it is from and how far that reaches; the second from the class of a route, the caller's relation to the place and the place's visibility to the status. Tests hold both as data (\`test/security/rights\`), make the product over every route of the server, every form, scope, relation and visibility, and compare each answer; a route without a class fails. [What is tried](#3-what-is-tried), and of what only a part, stands at the end. This page is made from the same data, and a test fails where it is not.

## 1. From a credential to a caller

### Where a secret counts

\`takes\` are the kinds of secrets that count in a place; project and group access tokens are \`personal\` in every respect. \`else\` is what becomes of every other secret there, and of unknown, revoked and expired ones: \`401\` refuses the request, \`401*\` does so unless the route welcomes callers without any credential, \`nobody\` means that it counts for nothing. Where a route takes none of the kinds that a place may hold, what stands there counts for nothing. Several at once: Gitea's routes and \`/metrics\` take the first that is right, GitLab's and the native ones the first that counts at all, in the order of the rows. \`/healthz\` and \`/readyz\` do not look.

${markdown(ofText(formTable))}

### How far it reaches

By area: - nowhere, r to read, w to read and change. A token that has \`public-only\` reaches nothing outside of public places. \`job@\` is a job token with the number of the namespace that it is bound to (elsewhere it is a stranger's), \`operator\` the command line on the machine.

${markdown([["credential or scopes", ...areas], ...credentialRows])}

Deploy tokens reach the packages of their namespace and below: r(ead), p(ublish).

${markdown(ofText(deployTable))}

Within its reach an account has what its level in the place holds: r(ead), p(ublish), d(elete), c(onfigure), a(dminister). Administrators have all; job tokens never act as administrators; accounts that are deactivated or barred have nothing.

${markdown(ofText(levelTable))}

## 2. From a route and a relation to a status

### What a class needs of a token

An area, and r to read or w to change in it; \`any\` where every token will do. \`a+b\` is both, \`a|b\` one of them, where a word with an underscore is a scope itself; \`a/b\` is a for what is the caller's own and both for what is others'. \`unconfined\` is a token without \`public-only\`, \`everything\` one of scope \`api\` or \`all\`: who makes a token holds what it will hold. What stands after \`;\` is asked last, of whoever has the right. A line with a path is for the routes of the class that begin with it.

${markdown(ofText(needsTable))}

### Gitea's routes

In private places; \`ok\` is the route's own success. \`narrow\` is an administrator's token whose scopes do not reach, \`confined\` one with \`public-only\`, \`inactive\` a deactivated owner; all others have scope \`all\`.

${markdown(named("class", giteaPrivate))}

What differs in internal and public places:

${markdown(named("class", giteaOpen))}

### GitLab's and the native routes

In private places. \`read-api\` and \`unrelated\` are an administrator's tokens that only read, or have no scope that matters; \`deploy-else\` and \`job-else\` are bound to another project; \`job-admin\` is an administrator's job token, \`bot\` a project access token of a Maintainer. Outside of public places, \`public-only\` finds nothing: 404.

${markdown(named("class", gitlabPrivate))}

What differs in internal and public places, for those who are no members:

${markdown(named("class", gitlabOpen))}

Methods that a route does not have are 405 on Gitea's and native paths and 404 on GitLab's, before anybody is asked for a credential.

## 3. What is tried

The routes are those of the router's lists. For each, for each class that it is of and each place that the tables tell of, everybody asks who is in them: every account with a token of each set of scopes above (a barred one with three of them), the bot of the place, deploy and job tokens that are in force, secrets that were revoked, have expired or never were, and a right password. On Gitea's routes deploy and job tokens count for nobody, as on GitLab's the password does, and are sent all the same.

- **All of it**: each secret in each form, for every request that is refused or only reads. None of them may change a record, and no refusal may show what is kept in the place.
- **A part of it**: HEAD where there is a GET, and requests that succeed and change something, each of which needs things of its own to be made first. Of each relation in each place every form is tried and every secret, but not every form with every secret: which come together is drawn by a seed that is printed.
- **By one of each kind**: methods that a route does not have, in every form.
- **Not in the product**: wrong passwords, and right ones in the two forms that give them another name, for each costs a check (\`test/security/sign-in.test.ts\` has those); several credentials in one request (\`test/security/attacks/credentials.test.ts\`); what a bot sees of places that are open to all, and its ending of its own token (\`test/security/gitlab-route-table.test.ts\`).

Requests are handed to the application without a connection, which leaves nothing out but the socket; of each class and place one is sent over a connection as well, and must have the same status.
`;
}
