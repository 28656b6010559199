import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import type { ServerParts } from "../../src/server.ts";
import { serve } from "./fault-serve.ts";

/** What a steered server is told, one JSON line each; it answers each with a line that repeats the number. */
export type SteeringLine = { readonly number: number } & (
  | { readonly kind: "collect" | "verify"; readonly graceMs: number }
  /** How far its clock is ahead of the system's from now on. */
  | { readonly kind: "clock"; readonly aheadMs: number }
);

/** The answer to a line. */
export interface SteeringAnswer {
  readonly number: number;
  /** What went wrong; null when it was done. */
  readonly failure: string | null;
  /** How many things were collected. */
  readonly collected: number;
}

/** The variable that says how far the clock is ahead when the server starts, in milliseconds. */
export const aheadVariable = "STEERED_AHEAD_MS";

/** Serves like `serve`, with a clock that the standard input sets, and does maintenance when it is told to. */
export async function serveSteered(parts: Pick<ServerParts, "open"> = {}): Promise<void> {
  let aheadMs = Number(process.env[aheadVariable] ?? 0);
  const clock = { nowMs: () => Date.now() + aheadMs };
  const { stores } = await serve({ ...parts, clock });
  const obey = async (line: SteeringLine): Promise<number> => {
    if (line.kind === "clock") {
      aheadMs = line.aheadMs;
      return 0;
    }
    const { graceMs } = line;
    if (line.kind === "verify") await verifyStores({ ...stores, clock }, { graceMs, isServerRunning: true });
    if (line.kind === "verify") return 0;
    const report = await collectGarbage({ ...stores, clock }, { graceMs });
    return report.unreferencedBlobs + report.unrecordedObjects;
  };
  const answer = (given: SteeringAnswer): void => void process.stdout.write(`${JSON.stringify(given)}\n`);
  let rest = "";
  process.stdin.on("data", (part: Buffer) => {
    const lines = (rest + part.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) {
      const line: SteeringLine = JSON.parse(text);
      obey(line).then(
        (collected) => answer({ number: line.number, failure: null, collected }),
        (error: unknown) => answer({ number: line.number, failure: String(error), collected: 0 }),
      );
    }
  });
}
