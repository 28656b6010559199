/** How often the server of a soak does its own work, so that two hours see hundreds of turns of it. */
export const soakTimes = {
  collectionIntervalMs: 15_000,
  collectionGraceMs: 60_000,
  /**
   * What no record names is removed after it was seen twice, a grace time apart, and the first time not before it was as
   * old: so much later at the latest, on a machine with other work.
   */
  longestOrphanMs: 240_000,
  sampleIntervalMs: 30_000,
  settings: { STOWAGE_SCRUB_INTERVAL_SECONDS: "120", STOWAGE_SCRUB_BYTES_PER_SECOND: "20 MiB" },
} as const;
