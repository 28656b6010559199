import type { Metrics } from "./http/metrics.ts";

/** The timer by which the lag is taken is due this often. */
const intervalMs = 50;
const boundsSeconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5];

/**
 * Measures how late the event loop is, from now until it is stopped. A loop that was held up for long has let several turns
 * of the timer pass: each counts with the lag that it would have had, or a long stall would look like one short one.
 */
export function watchEventLoop(metrics: Metrics): { stop(): void } {
  const name = "stowage_event_loop_lag_seconds";
  const lag = metrics.histogram(name, "How late the event loop came to a timer that is due twenty times a second.", boundsSeconds).labels({});
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    let lateMs = Math.max(0, nowMs - lastMs - intervalMs);
    lastMs = nowMs;
    for (; lateMs >= intervalMs; lateMs -= intervalMs) lag.observe(lateMs / 1000);
    lag.observe(lateMs / 1000);
  }, intervalMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
