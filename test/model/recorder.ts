import { contents, packages, type Request } from "./history.ts";
import { findUnexplained } from "./linearize.ts";
import type { Call, Outcome } from "./package-model.ts";
import { sha256Of } from "../support/fault-content.ts";

const numbers = new Map(contents.map((bytes, number) => [sha256Of(bytes), number]));

/** The number of a content; null for bytes that were never published. */
export function numberOf(sha256: string): number | null {
  return numbers.get(sha256) ?? null;
}

/** Notes what was asked and answered during a run, and what else must never happen. */
export interface Recorder {
  /** Carries out a request; the answer to give to `settle`. */
  begin(id: number, request: Request): { settle(outcome: Outcome): void };
  /**
   * From now on the stored bytes of a content may be damaged, until it was published anew: by a publish that began after this,
   * and after the end of those that run now. Bytes of theirs may be in place already, and damaged before their record; in the
   * record they take the place of sound ones that only other namespaces name, and that nobody reads then.
   */
  noteDamage(content: number): void;
  /** Whether its stored bytes may be damaged at this moment. */
  isDamaged(content: number): boolean;
  /** Whether they ever may have been. */
  wasDamaged(content: number): boolean;
  /** Something that is wrong whatever the model says. */
  complain(about: string): void;
  /** Counts something that shows what the run has met. */
  count(what: string, by: number): void;
  /** How the calls ended, by kind of request and answer, and what else was counted. */
  tally(): Readonly<Record<string, number>>;
  /** Everything that is wrong with the run; empty when nothing is. */
  verdict(): readonly string[];
}

interface Window {
  readonly content: number;
  readonly from: number;
  /** Publishes of the content that ran then. */
  readonly beside: readonly Publish[];
  until: number;
}

interface Publish {
  readonly content: number;
  /** Infinity while it runs. */
  endedAt: number;
}

export function createRecorder(): Recorder {
  let tick = 0;
  const calls: Omit<Call, "damaged">[] = [];
  const windows: Window[] = [];
  const publishing = new Set<Publish>();
  const complaints: string[] = [];
  const counted: Record<string, number> = {};
  const heal = (content: number, since: number): void => {
    for (const window of windows)
      if (window.content === content && window.from < since && window.beside.every(({ endedAt }) => endedAt < since)) window.until = Math.min(window.until, tick);
  };
  const complete = (call: Omit<Call, "damaged">): Call => {
    const open = windows.filter(({ from, until }) => from < call.returnedAt && call.invokedAt < until);
    return { ...call, damaged: new Set(open.map(({ content }) => content)) };
  };
  return {
    begin: (id, request) => {
      tick += 1;
      const invokedAt = tick;
      const publish: Publish | null = request.kind === "publish" ? { content: request.content, endedAt: Infinity } : null;
      if (publish !== null) publishing.add(publish);
      return {
        settle: (outcome) => {
          tick += 1;
          if (publish !== null) {
            publish.endedAt = tick;
            publishing.delete(publish);
          }
          if (request.kind === "publish" && outcome.kind === "done") heal(request.content, invokedAt);
          calls.push({ id, request, outcome, invokedAt, returnedAt: tick });
        },
      };
    },
    noteDamage: (content) => {
      tick += 1;
      windows.push({ content, from: tick, beside: [...publishing].filter((publish) => publish.content === content), until: Infinity });
    },
    isDamaged: (content) => windows.some((window) => window.content === content && window.until === Infinity),
    wasDamaged: (content) => windows.some((window) => window.content === content),
    complain: (about) => void complaints.push(about),
    count: (what, by) => {
      counted[what] = (counted[what] ?? 0) + by;
    },
    tally: () => {
      const counts = { ...counted };
      for (const { request, outcome } of calls) {
        const kind = `${request.kind}: ${outcome.kind}`;
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
      return counts;
    },
    verdict: () => [...complaints, ...packages.flatMap((_, number) => unexplainedIn(calls.filter(({ request }) => request.package === number).map(complete)))],
  };
}

function unexplainedIn(calls: readonly Call[]): readonly string[] {
  const unexplained = findUnexplained(calls);
  if (unexplained === null) return [];
  const { call, possible } = unexplained;
  return [`operation ${call.id}, ${JSON.stringify(call.request)}, was answered ${JSON.stringify(call.outcome)}, but the package can only have held ${JSON.stringify(possible)}`];
}
