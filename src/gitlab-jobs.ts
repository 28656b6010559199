import * as z from "zod";
import type { Clock } from "./core/ports/clock.ts";
import type { ForeignJob, ForeignJobs } from "./core/ports/foreign-jobs.ts";
import { RegistryError } from "./core/registry-error.ts";
import { secretDigest, secretPrefixes } from "./core/secret-digest.ts";
import { readBoundedBody } from "./http/bounded-body.ts";

/** For one question, the wait for its turn included. */
const deadlineMs = 5000;
const maxAnswerBytes = 64 * 1024;
/** How long an answer counts, whether the job was found or not. */
const answerAgeMs = 30_000;
/** Answers kept; beyond, the oldest goes. */
const answerLimit = 4096;
/** Questions at once, and those that may wait for their turn. */
const parallelLimit = 8;
const waitingLimit = 64;

/** What is told of a running job, as far as it matters here. */
type JobFacts = Pick<ForeignJob, "userName" | "projectPath">;

/** Of the answer of `GET /job` (doc: Jobs API, get job token's job). */
const jobShape = z.object({
  status: z.string(),
  web_url: z.string().max(4096),
  user: z.object({ username: z.string().min(1).max(255) }),
});

/**
 * Shows job tokens to a GitLab (`url` is its origin) and believes what it says of them, for 30 seconds. Personal and
 * deploy tokens are told from job tokens by their prefix and never shown to it. No answer is kept of a GitLab that could
 * not be asked.
 */
export function createGitlabJobs({ url, clock }: { readonly url: string; readonly clock: Clock }): ForeignJobs {
  const inTurn = createTurns();
  /** By the secret's digest, the oldest first. */
  const answers = new Map<string, { readonly job: JobFacts | null; readonly untilMs: number }>();
  const asking = new Map<string, Promise<ForeignJob | null>>();

  const ask = async (secret: string, digest: string): Promise<ForeignJob | null> => {
    const signal = AbortSignal.timeout(deadlineMs);
    const job = await inTurn(signal, () => askGitlab(url, secret, signal));
    const untilMs = clock.nowMs() + answerAgeMs;
    answers.delete(digest);
    const [oldest] = answers.keys();
    if (answers.size >= answerLimit && oldest !== undefined) answers.delete(oldest);
    answers.set(digest, { job, untilMs });
    return foreignJob(job, untilMs);
  };

  return {
    find: async (secret) => {
      if (!mayBeJobToken(secret)) return null;
      const digest = secretDigest(secret);
      const known = answers.get(digest);
      if (known !== undefined && known.untilMs > clock.nowMs()) return foreignJob(known.job, known.untilMs);
      const running = asking.get(digest);
      if (running !== undefined) return running;
      const question = ask(secret, digest).finally(() => asking.delete(digest));
      asking.set(digest, question);
      return question;
    },
  };
}

function foreignJob(job: JobFacts | null, checkAgainAtMs: number): ForeignJob | null {
  return job === null ? null : { ...job, checkAgainAtMs };
}

/** Whether a text could be a job token of a GitLab: those have many forms, but not those of other tokens. */
function mayBeJobToken(secret: string): boolean {
  if (!/^[\x21-\x7e]{16,1024}$/.test(secret)) return false;
  return !secret.startsWith(secretPrefixes.personal) && !secret.startsWith(secretPrefixes.deploy);
}

async function askGitlab(url: string, secret: string, signal: AbortSignal): Promise<JobFacts | null> {
  try {
    const response = await fetch(`${url}/api/v4/job`, {
      headers: { "job-token": secret, accept: "application/json" },
      // A redirect would take the token to somebody else.
      redirect: "manual",
      signal,
    });
    if (response.status === 200) return await readJob(url, response);
    await response.body?.cancel();
    if (response.status === 401 || response.status === 403 || response.status === 404) return null;
    throw new Error(`the answer has status ${response.status}`);
  } catch (cause) {
    throw busy(cause);
  }
}

/** Null for a job that does not run (any more), and for one of another GitLab. */
async function readJob(url: string, response: Response): Promise<JobFacts | null> {
  const body = response.body === null ? null : await readBoundedBody(response.body, maxAnswerBytes);
  if (body === null) throw new Error(`the answer has no body, or more than ${maxAnswerBytes} bytes`);
  const parsed = jobShape.safeParse(JSON.parse(new TextDecoder().decode(body)));
  if (!parsed.success) throw new Error("the answer describes no job");
  const { status, web_url: webUrl, user } = parsed.data;
  if (status !== "running" || !webUrl.startsWith(`${url}/`)) return null;
  const projectPath = /^([A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)+)\/-\/jobs\/[0-9]+$/.exec(webUrl.slice(url.length + 1))?.[1];
  return projectPath === undefined ? null : { userName: user.username, projectPath };
}

/** Lets so many run at once; the others wait until their signal says that it took too long. */
function createTurns() {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(start), 1);
        reject(busy(signal.reason));
      };
      const start = (): void => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.push(start);
    });
  return async <Result>(signal: AbortSignal, action: () => Promise<Result>): Promise<Result> => {
    if (running < parallelLimit) running += 1;
    else if (waiting.length >= waitingLimit) throw busy(new Error("too many questions wait"));
    else await enter(signal);
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function busy(cause: unknown): RegistryError {
  return new RegistryError("sign_in_busy", "the GitLab that knows job tokens does not answer", { retryAfterSeconds: 1, cause });
}
