import { rawRequest } from "../../support/raw-http.ts";
import type { Random } from "../../support/fault-random.ts";
import { requestOf } from "../attacks/open-target.ts";
import { marker } from "../gitlab-places.ts";
import type { Probe } from "../gitlab-rows.ts";
import type { ProductSite } from "./product-site.ts";
import { renewed } from "./product-subjects.ts";
import { covering, questions, statusesAt, type Question } from "./product.ts";
import type { Spot } from "./spots.ts";

/** How many requests are under way at once that change nothing, and that change something. */
const [batch, changingBatch] = [64, 8];

/** A question with the statuses that the tables allow. */
interface Asked {
  readonly question: Question;
  readonly wanted: readonly number[];
}

/** Asks a site what the tables tell, and counts. What is wrong comes as lines of text. */
export interface Inquiry {
  readonly counts: Readonly<Record<"requests" | "heads" | "succeeded" | "refused" | "mayChange" | "changed" | "overTheWire", number>>;
  /**
   * Everything that is refused, or only reads: all of it shares a probe, which nobody may change or use up. What a GET tells,
   * a HEAD must tell: of each relation with each form and with each secret, not with each of both.
   */
  askHarmless(spot: Spot, fresh: string): Promise<string[]>;
  /** What succeeds and changes something, each with a probe of its own: not all of it, but each form and each secret of each relation. */
  askChanging(spot: Spot, fresh: string): Promise<string[]>;
}

export function createInquiry({ town, door }: ProductSite, random: Random): Inquiry {
  const counts = { requests: 0, heads: 0, succeeded: 0, refused: 0, mayChange: 0, changed: 0, overTheWire: 0 };

  const ask = async (method: string, probe: Probe, question: Question): Promise<{ status: number; text: string }> => {
    const { path, headers, body } = writtenOf(probe, question);
    counts.requests += 1;
    if (method === "HEAD") counts.heads += 1;
    const response = await door.fetch(`http://127.0.0.1${path}`, { method, headers, ...(body === null ? {} : { body }) });
    return { status: response.status, text: await response.text() };
  };

  /** What is wrong with one answer; null where it is what the tables say. */
  const judge = async (spot: Spot, method: string, probe: Probe, { question, wanted }: Asked): Promise<string | null> => {
    const { status, text } = await ask(method, probe, question);
    const isRefused = status >= 400;
    counts[isRefused ? "refused" : "succeeded"] += 1;
    const { relation, scopes, kind } = question.subject;
    const about = `${method} ${spot.visibility} ${relation} ${kind} ${scopes} by ${question.form.name}: ${status} instead of ${wanted.join(" or ")}`;
    if (!wanted.includes(status)) return about;
    return isRefused && text.includes(marker) ? `${about}, shown what is not theirs` : null;
  };

  /** One of the same requests over a real connection: the answer has the same status as without one. */
  const compareOverTheWire = async (spot: Spot, method: string, probe: Probe, { question }: Asked): Promise<string[]> => {
    const direct = await ask(method, probe, question);
    const { path, headers, body } = writtenOf(probe, question);
    const bytes = requestOf(`${method} ${path}`, Object.entries(headers).map(([name, value]) => `${name}: ${value}`), body);
    const answer = await rawRequest(town.site.port, bytes, { timeoutMs: 20_000 });
    counts.overTheWire += 1;
    return answer.status === direct.status ? [] : [`${method} ${spot.visibility} ${question.form.name}: ${answer.status} over the wire, ${direct.status} without`];
  };

  return {
    counts,
    askHarmless: async (spot, fresh) => {
      const harmless = askedAt(spot).filter((asked) => !isChanging(spot, asked));
      const probe = await spot.prepare(fresh);
      const before = town.site.records();
      const wrong: string[] = [];
      const heads = spot.route.method === "GET" ? covering(harmless, random) : [];
      for (const [method, questionsAsked] of [[spot.route.method, harmless], ["HEAD", heads]] as const) {
        wrong.push(...(await inBatches(questionsAsked, batch, (asked) => judge(spot, method, probe, asked))));
        const sample = random.pick(questionsAsked);
        if (sample !== null) wrong.push(...(await compareOverTheWire(spot, method, probe, sample)));
      }
      const after = town.site.records();
      if (after !== before) wrong.push(`${spot.visibility}: refused or reading requests changed ${differenceOf(before, after)}`);
      return wrong;
    },
    askChanging: async (spot, fresh) => {
      const changing = askedAt(spot).filter((asked) => isChanging(spot, asked));
      counts.mayChange += changing.length;
      const chosen = covering(changing, random).map((asked, index) => ({ asked, index }));
      return inBatches(chosen, changingBatch, async ({ asked: { question, wanted }, index }) => {
        const subject = spot.route.isSpent ? await renewed(town, question.subject) : question.subject;
        if (subject === null) return null;
        counts.changed += 1;
        return judge(spot, spot.route.method, await spot.prepare(`${fresh}${index}`), { question: { ...question, subject }, wanted });
      });
    },
  };
}

/** Every question that the tables answer. */
function askedAt({ route, visibility, subjects }: Spot): Asked[] {
  const statusesOf = statusesAt(route, visibility);
  return questions(subjects).flatMap((question) => {
    const wanted = statusesOf(question);
    return wanted.length === 0 ? [] : [{ question, wanted }];
  });
}

function isChanging({ route }: Spot, { wanted }: Asked): boolean {
  return !route.isReading && wanted.includes(route.success);
}

/** A probe's request with a question's secret in it. */
function writtenOf({ path, headers = {}, body }: Probe, { subject, form }: Question) {
  const carried = form.write(subject.secret, subject.name);
  const isText = body === undefined || typeof body === "string";
  return {
    path: carried.query === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}${carried.query}`,
    headers: { ...(isText ? {} : { "content-type": "application/json" }), ...headers, ...carried.headers },
    body: body === undefined ? null : isText ? body : JSON.stringify(body),
  };
}

/** The texts that an action answers, so many at once. */
async function inBatches<Item>(items: readonly Item[], size: number, action: (item: Item) => Promise<string | null>): Promise<string[]> {
  const told: string[] = [];
  for (let index = 0; index < items.length; index += size)
    for (const text of await Promise.all(items.slice(index, index + size).map(action))) if (text !== null) told.push(text);
  return told;
}

/** The first records that are not in both. */
function differenceOf(before: string, after: string): string {
  const [one, other] = [new Set(before.split("\n")), new Set(after.split("\n"))];
  return JSON.stringify([[...one].filter((line) => !other.has(line)).slice(0, 2), [...other].filter((line) => !one.has(line)).slice(0, 2)]);
}
