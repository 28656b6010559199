import { join } from "node:path";
import { interleave, serverContender, type Turn } from "../interleave.ts";
import type { ClosedLoopResult, ClosedLoopSpec } from "../load/closed-loop.ts";
import type { RequestPlan } from "../load/request-source.ts";
import { runLoad } from "../load/run-load.ts";
import { publishFiles } from "../published-files.ts";
import type { Row } from "../row.ts";
import type { Bench, Scenario } from "../scenario.ts";
import { account, startStowage, type StowageServer } from "../servers/stowage.ts";
import { smallConnections, smallFileBytes } from "../small-downloads.ts";

/** Of a sender's guesses at one account ten are looked at; the rest is refused until a second has passed. */
const guessesPerSender = 12;
/** Wrong; guessed too often; too many wait. */
const refusals = { wrong: 401, throttled: 429, busy: 503 } as const;

/** Password checks take memory on purpose: how much, when many arrive at once. And what a password costs that needs none. */
export const signIn: Scenario = {
  name: "sign-in",
  summary: "GET 10 KiB at 32 connections with a password that is remembered, and with wrong ones, which are all checked",
  run: async (bench) => [
    await withFile(bench, "remembered", {}, (server, path) => rememberedRow(bench, server, path)),
    await withFile(bench, "checked", { STOWAGE_TRUSTED_PROXIES: "127.0.0.1" }, (server, path) => checkedRow(bench, server, path)),
  ],
};

/** A server of its own for each row, since memory is the peak since its start. */
async function withFile(
  bench: Bench,
  name: string,
  settings: Readonly<Record<string, string>>,
  take: (server: StowageServer, path: string) => Promise<Row>,
): Promise<Row> {
  const server = await startStowage({ cores: bench.cores, folder: join(bench.folder, name), settings });
  try {
    const { path } = await publishFiles(bench, server, { folder: server.folderOf("files", "1.0.0"), count: 1, sizeBytes: smallFileBytes });
    return await take(server, path.replace("#", "0"));
  } finally {
    await server.stop();
  }
}

function rememberedRow(bench: Bench, server: StowageServer, path: string): Promise<Row> {
  const headers = { Authorization: `Basic ${btoa(`${account.name}:${account.password}`)}` };
  const take = async (): Promise<Turn> => {
    const { result, clientCpuShare } = await ask(bench, server, { plan: { kind: "get", path, count: 1, headers }, expectedStatus: 200 });
    return { value: result.answered / result.seconds, clientCpuShare, work: result.answered };
  };
  const title = `GET 10 KiB with a password that was checked before, ${smallConnections} connections`;
  return interleave(bench, { id: "password-remembered", title, unit: "requests/s" }, [serverContender(server, take)]);
}

/** The figure is the checks that were made: answers that refuse to make one do not count. */
async function checkedRow(bench: Bench, server: StowageServer, path: string): Promise<Row> {
  const answers = { wrong: 0, throttled: 0, busy: 0 };
  let sent = 0;
  const take = async (): Promise<Turn> => {
    const plan: RequestPlan = { kind: "guess", path, account: account.name, guessesPerSender };
    const asked = { plan, expectedStatus: refusals.wrong, otherStatuses: [refusals.throttled, refusals.busy], firstNumber: sent };
    const { result, clientCpuShare } = await ask(bench, server, asked);
    // The next turn begins with a sender that is not known yet.
    sent = Math.ceil((sent + result.answered) / guessesPerSender) * guessesPerSender;
    for (const name of ["wrong", "throttled", "busy"] as const) answers[name] += result.statuses[refusals[name]] ?? 0;
    const checks = result.statuses[refusals.wrong] ?? 0;
    return { value: checks / result.seconds, clientCpuShare, work: checks };
  };
  const title = `wrong passwords, ${smallConnections} connections, ${guessesPerSender} from each address`;
  const row = await interleave(bench, { id: "password-checks", title, unit: "checks/s" }, [serverContender(server, take)]);
  const note = `answers of all turns: ${answers.wrong} times ${refusals.wrong}, ${answers.throttled} times ${refusals.throttled}, ${answers.busy} times ${refusals.busy}`;
  return { ...row, note };
}

function ask(bench: Bench, server: StowageServer, asked: Omit<ClosedLoopSpec, "port" | "connections" | "seconds">) {
  const spec: ClosedLoopSpec = { port: server.port, connections: smallConnections, seconds: bench.seconds, ...asked };
  return runLoad<ClosedLoopSpec, ClosedLoopResult>("closed-loop.ts", spec, bench.cores);
}
