import { aheadVariable } from "../support/fault-steer.ts";
import { serve } from "../support/fault-serve.ts";

const roundMs = 100;
const leapMs = 2 * 3_600_000;

/**
 * The server as it is, whose collection and check of stored objects, where they are switched on, come round ten times a
 * second; each SIGHUP puts its clock forward by two hours.
 */
let aheadMs = Number(process.env[aheadVariable] ?? 0);
process.on("SIGHUP", () => {
  aheadMs += leapMs;
});
const round = (intervalMs: number): number => (intervalMs === 0 ? 0 : roundMs);
await serve({ clock: { nowMs: () => Date.now() + aheadMs } }, (config) => ({
  ...config,
  collection: { ...config.collection, intervalMs: round(config.collection.intervalMs) },
  scrub: { ...config.scrub, intervalMs: round(config.scrub.intervalMs) },
}));
