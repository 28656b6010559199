import type { Visibility } from "../../../src/core/domain.ts";
import { statusFor as gitlabStatus } from "../gitlab-lines.ts";
import type { Relation as GitlabRelation } from "../gitlab-relations.ts";
import { areas, credentialRows } from "../rights-tables.ts";
import { statusFor as giteaStatus, type Relation as GiteaRelation } from "../route-table.ts";
import { needsOf, type ScopeNeed } from "./class-needs.ts";
import { forms, verdictOf, type CredentialForm, type Door } from "./credential-forms.ts";
import type { Random } from "../../support/fault-random.ts";
import type { Subject } from "./product-subjects.ts";

/** A route as the product needs it: its class, how it lets in, and how a request to it is made. */
export interface ProductRoute {
  readonly method: string;
  readonly pattern: string;
  readonly line: string;
  readonly success: number;
  readonly door: Door;
  readonly isReading: boolean;
  /** No caller may succeed here without spoiling what the others are tried with. */
  readonly isSpent: boolean;
  readonly by: "password" | null;
}

/** One secret in one form. */
export interface Question {
  readonly subject: Subject;
  readonly form: CredentialForm;
}

const scopeReach = new Map(credentialRows.map(([name = "", ...cells]) => [name, new Map(areas.map((area, index) => [String(area), cells[index] ?? "-"]))]));

/**
 * The statuses that the tables allow at a route and place: one, but for an inactive account with a token that is too narrow as
 * well, which may be told of either. None where they have no line for such a caller. What a form makes of a secret decides who
 * asks; beyond that it makes no difference, so each caller is looked up once.
 */
export function statusesAt(route: ProductRoute, visibility: Visibility): (question: Question) => readonly number[] {
  const { door, success } = route;
  const known = new Map<Subject | null, readonly number[]>();
  const statusesOf = (subject: Subject | null): readonly number[] => {
    const found = known.get(subject);
    if (found !== undefined) return found;
    const given = (door.manner === "gitea" ? giteaStatusOf : gitlabStatusesOf)(route, visibility, subject);
    const statuses = [...new Set((given instanceof Array ? given : [given]).filter((status) => status !== null))];
    known.set(subject, statuses);
    return statuses;
  };
  return ({ subject, form }) => {
    if (door.ignoresCredentials === true) return [success];
    const verdict = verdictOf(form, subject, door);
    return verdict === "refused" ? [401] : statusesOf(verdict === "nobody" ? null : subject);
  };
}

function giteaStatusOf(route: ProductRoute, visibility: Visibility, subject: Subject | null): number | null {
  const line = route.line === "tokens.by.token" && subject?.kind === "password" ? "tokens.by.password" : route.line;
  const at = (relation: GiteaRelation): number | null => giteaStatus(line, relation, route.success, visibility);
  if (subject === null) return at("anonymous");
  if (subject.relation === "inactive") return at("inactive");
  if (!isReached(route, subject)) return at("narrow");
  const confined = at("confined");
  // What confines an administrator's token gives another account's no more than the account has.
  const isConfined = subject.scopes.includes("public-only") && (subject.relation === "admin" || confined !== route.success);
  return isConfined ? confined : at(relationOf<GiteaRelation>(subject));
}

function gitlabStatusesOf(route: ProductRoute, visibility: Visibility, subject: Subject | null): readonly (number | null)[] {
  const at = (relation: GitlabRelation): number | null => {
    const isOpenLine = visibility !== "private" && outsiders.has(relation);
    return gitlabStatus(route.line, isOpenLine ? visibility : "private", relation, route.success);
  };
  if (subject === null) return [at("anonymous")];
  // What a bot of the place sees of what is open to all is not in the tables.
  if (subject.relation === "bot" && visibility !== "private") return [];
  const isNarrow = subject.kind === "personal" && !isReached(route, subject);
  const narrow = isNarrow ? [at(isReached(route, subject, true) ? "read-api" : "unrelated")] : [];
  // A token that is confined to what is public finds nothing else.
  const isConfined = subject.scopes.includes("public-only") && visibility !== "public" && isAboutPlaces(route) && !isBarred(route, subject);
  const confined = isConfined ? [404] : [];
  if (subject.relation === "inactive") return [at("inactive"), ...narrow, ...confined];
  const found = [...narrow, ...confined][0] ?? at(relationOf<GitlabRelation>(subject));
  const isLackingLast = subject.kind === "personal" && !holds(subject, needsOf(route, subject.relation === "owner").last);
  return [found === route.success && isLackingLast ? at("unrelated") : found];
}

/** Whose status differs by the place's visibility. */
const outsiders: ReadonlySet<string> = new Set(["anonymous", "stranger", "inactive", "deploy-else", "job-else", "job-admin"]);

/** What is an administrator's is refused to others before anything is made. */
function isBarred({ line }: ProductRoute, { relation }: Subject): boolean {
  return line === "administrator.write" && relation !== "admin";
}

/** What is private unless it is made otherwise. */
const makesPrivate: ReadonlySet<string> = new Set(["POST /api/v4/projects", "POST /api/v4/projects/user/:user_id", "POST /api/v4/groups"]);

/** Whether a route is about something of a place, or makes one that is private. */
function isAboutPlaces({ line, method, pattern }: ProductRoute): boolean {
  return makesPrivate.has(`${method} ${pattern}`) || line.startsWith("release.file.") || gitlabStatus(line, "internal", "anonymous", 0) !== null;
}

/** The two dialects' relations are told apart by who made the subject. */
function relationOf<Relation extends string>(subject: Subject): Relation {
  return subject.relation as Relation;
}

/** Whether the scopes of a token reach as far as the class needs, or to read what it changes. */
function isReached(route: ProductRoute, subject: Subject, isToRead = false): boolean {
  return holds(subject, needsOf(route, subject.relation === "owner").first, isToRead);
}

function holds({ scopes }: Subject, need: ScopeNeed, isToRead = false): boolean {
  return need.some((parts) =>
    parts.every((part) => {
      const [area = "", reach] = part.split(":");
      if (area === "unconfined") return !scopes.includes("public-only");
      if (area === "everything") return scopes === "api" || scopes === "all";
      if (reach === undefined) return scopes.split(",").includes(area);
      const held = scopeReach.get(scopes)?.get(area);
      return held === "w" || (held === "r" && (isToRead || reach === "r"));
    }),
  );
}

/** Where Gitea's routes would check a password for a name that it is not of: such checks are slow, and soon throttled. */
const passwordChecks: ReadonlySet<string> = new Set(["Basic(gitlab-ci-token:SECRET)", "Basic(:SECRET)"]);

/** Every secret in every form, but for passwords where they would be guesses. */
export function questions(subjects: readonly Subject[]): Question[] {
  return subjects.flatMap((subject) =>
    forms.filter(({ name }) => subject.kind !== "password" || !passwordChecks.has(name)).map((form) => ({ subject, form })),
  );
}

/** So many of the questions that each form and each secret of every relation is among them, by chance together. */
export function covering<Asked extends { readonly question: Question }>(asked: readonly Asked[], random: Random): Asked[] {
  const left = [...asked];
  const shuffled: Asked[] = [];
  while (left.length > 0) shuffled.push(...left.splice(random.whole(0, left.length), 1));
  const covered = new Set<string>();
  const chosen: Asked[] = [];
  // First those that have both what no other has, then what is missing.
  for (const isEnough of [(fresh: number) => fresh === 2, (fresh: number) => fresh > 0])
    for (const one of shuffled) {
      const { form, subject } = one.question;
      const keys = [`${subject.relation} ${subject.kind} by ${form.name}`, `${subject.relation} with ${subject.secret}`];
      if (!isEnough(keys.filter((key) => !covered.has(key)).length)) continue;
      for (const key of keys) covered.add(key);
      chosen.push(one);
    }
  return chosen;
}
