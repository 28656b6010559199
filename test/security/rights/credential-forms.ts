import { basic } from "../site.ts";

/** What a secret is, as far as requests tell: a personal, project or group access token is `personal` in every respect. */
export type SecretKind = "personal" | "deploy" | "job" | "password";

/** The dialects, by how they look for credentials; `/metrics` looks as Gitea's does. */
export type Manner = "gitea" | "gitlab" | "native";

/**
 * Who a request is from, by where its secret stands. `takes` are the kinds of secrets that count there; `else` is what
 * becomes of every other one, of an unknown, revoked or expired one too: `401` refuses the request, `401*` does so unless
 * the route welcomes callers without any credential, and `nobody` means that it counts for nothing. Where a route takes none of
 * the kinds that a place may hold, what stands there counts for nothing. Several at once: Gitea takes the first that is right,
 * GitLab and the native API the first that counts at all, in the order of the rows.
 */
export const formTable = `
  form                          gitea.takes        gitea.else  gitlab.takes         gitlab.else  native.takes         native.else
  ?private_token=SECRET         -                  nobody      personal             401          -                    nobody
  ?job_token=SECRET             -                  nobody      job                  401          -                    nobody
  ?token=SECRET                 personal           401         job                  401          -                    nobody
  ?access_token=SECRET          personal           401         personal,deploy,job  401          -                    nobody
  PRIVATE-TOKEN:SECRET          -                  nobody      personal             401          personal             401
  JOB-TOKEN:SECRET              -                  nobody      job                  401          job                  401
  DEPLOY-TOKEN:SECRET           -                  nobody      deploy               401          deploy               401
  Authorization:token           personal           401         personal,deploy,job  401          personal,deploy,job  401
  Authorization:Bearer          personal           401         personal,deploy,job  401          personal,deploy,job  401
  Basic(NAME:SECRET)            personal,password  401         personal,deploy,job  401*         personal,deploy,job  401
  Basic(gitlab-ci-token:SECRET) personal           401         personal,deploy,job  401*         personal,deploy,job  401
  Basic(:SECRET)                personal           401         -                    401*         -                    401
  Basic(SECRET:)                personal           401         -                    401*         -                    401
  Basic(SECRET:x-oauth-basic)   personal           401         -                    401*         -                    401
  Basic(no-base64)              -                  401         -                    401*         -                    401
  Basic(no-colon)               -                  401         -                    401*         -                    401
  Digest                        -                  401         -                    401*         -                    401
  Bearer-twice                  -                  401         -                    401*         -                    401
  Bearer-of-two-words           -                  401         -                    401*         -                    401
  X-NuGet-ApiKey:SECRET         personal           401         -                    nobody       -                    nobody
  Cookie:SECRET                 -                  nobody      -                    nobody       -                    nobody
  Proxy-Authorization:Bearer    -                  nobody      -                    nobody       -                    nobody
  ?oauth_token=SECRET           -                  nobody      -                    nobody       -                    nobody
`;

/** Where a request carries a secret. */
interface Carried {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How each form is written; `name` is the account's. */
const written: Readonly<Record<string, (secret: string, name: string) => Carried>> = {
  "?private_token=SECRET": (secret) => ({ query: `private_token=${secret}` }),
  "?job_token=SECRET": (secret) => ({ query: `job_token=${secret}` }),
  "?token=SECRET": (secret) => ({ query: `token=${secret}` }),
  "?access_token=SECRET": (secret) => ({ query: `access_token=${secret}` }),
  "PRIVATE-TOKEN:SECRET": (secret) => ({ headers: { "private-token": secret } }),
  "JOB-TOKEN:SECRET": (secret) => ({ headers: { "job-token": secret } }),
  "DEPLOY-TOKEN:SECRET": (secret) => ({ headers: { "deploy-token": secret } }),
  "Authorization:token": (secret) => ({ headers: { authorization: `token ${secret}` } }),
  "Authorization:Bearer": (secret) => ({ headers: { authorization: `bEARER  ${secret}` } }),
  "Basic(NAME:SECRET)": (secret, name) => ({ headers: { authorization: basic(name, secret) } }),
  "Basic(gitlab-ci-token:SECRET)": (secret) => ({ headers: { authorization: basic("gitlab-ci-token", secret) } }),
  "Basic(:SECRET)": (secret) => ({ headers: { authorization: basic("", secret) } }),
  "Basic(SECRET:)": (secret) => ({ headers: { authorization: basic(secret, "") } }),
  "Basic(SECRET:x-oauth-basic)": (secret) => ({ headers: { authorization: basic(secret, "x-oauth-basic") } }),
  "Basic(no-base64)": (secret) => ({ headers: { authorization: `Basic *${secret}*` } }),
  "Basic(no-colon)": (secret) => ({ headers: { authorization: `Basic ${btoa(secret)}` } }),
  Digest: (secret, name) => ({ headers: { authorization: `Digest username="${name}", response="${secret}"` } }),
  "Bearer-twice": (secret) => ({ headers: { authorization: `Bearer ${secret}, Bearer ${secret}` } }),
  "Bearer-of-two-words": (secret) => ({ headers: { authorization: `Bearer ${secret} ${secret}` } }),
  "X-NuGet-ApiKey:SECRET": (secret) => ({ headers: { "x-nuget-apikey": secret } }),
  "Cookie:SECRET": (secret) => ({ headers: { cookie: `token=${secret}; private_token=${secret}; _gitlab_session=${secret}` } }),
  "Proxy-Authorization:Bearer": (secret) => ({ headers: { "proxy-authorization": `Bearer ${secret}` } }),
  "?oauth_token=SECRET": (secret) => ({ query: `oauth_token=${secret}` }),
};

interface Cell {
  readonly takes: readonly SecretKind[];
  readonly else: "401" | "401*" | "nobody";
}

/** One row of the table. */
export interface CredentialForm {
  readonly name: string;
  readonly cells: Readonly<Record<Manner, Cell>>;
  write(secret: string, name: string): Carried;
}

const kinds: readonly SecretKind[] = ["personal", "deploy", "job", "password"];
const manners: readonly Manner[] = ["gitea", "gitlab", "native"];

/** Every row; throws for one that cannot be read. */
export const forms: readonly CredentialForm[] = formTable
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [name = "", ...words] = line.trim().split(/\s+/);
    const write = written[name];
    const cells = manners.map((manner, index) => [manner, cellOf(name, words[2 * index], words[2 * index + 1])] as const);
    if (write === undefined || words.length !== 2 * manners.length) throw new Error(`the form ${name} is not known`);
    return { name, write, cells: Object.fromEntries(cells) as Record<Manner, Cell> };
  });

function cellOf(name: string, takes = "", otherwise = ""): Cell {
  const list = takes === "-" ? [] : takes.split(",");
  const known = kinds.filter((kind) => list.includes(kind));
  if (known.length !== list.length) throw new Error(`${name}: ${takes}`);
  if (otherwise !== "401" && otherwise !== "401*" && otherwise !== "nobody") throw new Error(`${name}: ${otherwise}`);
  return { takes: known, else: otherwise };
}

/** A secret as somebody holds it: one that lets nobody in any more is `dead`. */
export interface Held {
  readonly kind: SecretKind;
  readonly isDead: boolean;
}

/** What a route does with credentials. */
export interface Door {
  readonly manner: Manner;
  readonly kinds: readonly string[];
  /** Callers without any credential are let in. */
  readonly isOpen: boolean;
  /** It does not look at credentials at all. */
  readonly ignoresCredentials?: boolean;
}

/** Who a request is from, by the table. */
export type Verdict = "caller" | "nobody" | "refused";

/** What the table says of one secret in one form at one door. */
export function verdictOf(form: CredentialForm, held: Held, door: Door): Verdict {
  const cell = form.cells[door.manner];
  const welcome = cell.takes.filter((kind) => door.kinds.includes(kind));
  if (cell.takes.length > 0 && welcome.length === 0) return "nobody";
  if (welcome.includes(held.kind) && !held.isDead) return "caller";
  if (cell.else === "nobody" || (cell.else === "401*" && door.isOpen)) return "nobody";
  return "refused";
}
