import { collectGarbage } from "../../src/core/maintenance/collect-garbage.ts";
import { verifyStores } from "../../src/core/maintenance/verify-stores.ts";
import type { Stores } from "../../src/open-stores.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import { graceMs } from "./history.ts";
import { numberOf, type Recorder } from "./recorder.ts";

/**
 * After everything: collects what nobody can reach (seen once, removed at the second time), and then nothing may be left
 * over or missing but what was damaged. For stores that no server uses.
 */
export async function checkStores(
  stores: Omit<Stores, "close"> & { readonly clock: Clock; readonly passMs: (ms: number) => void },
  recorder: Recorder,
): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    stores.passMs(3 * graceMs);
    await collectGarbage(stores, { graceMs });
  }
  stores.passMs(3 * graceMs);
  const last = await collectGarbage(stores, { graceMs });
  if (last.unreferencedBlobs + last.unrecordedObjects > 0) recorder.complain(`collection left something over: ${JSON.stringify(last)}`);
  const report = await verifyStores(stores, { graceMs: 0, isServerRunning: false });
  for (const { kind, detail } of report.problems) {
    const content = numberOf(/[0-9a-f]{64}/.exec(detail)?.[0] ?? "");
    const isExpected = kind === "blob_missing_or_cut" && content !== null && recorder.isDamaged(content);
    if (!isExpected) recorder.complain(`verification found ${kind}: ${detail}`);
  }
  if (report.youngObjects > 0) recorder.complain(`${report.youngObjects} objects have no record`);
}
