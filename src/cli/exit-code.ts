/** How a command ends, for scripts. */
export const exitCodes = {
  done: 0,
  refused: 1,
  wrongUsage: 2,
  cannotOpen: 3,
  failed: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each code means, as help prints it. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: "done",
  1: "damage was found, or the operation was refused",
  2: "wrong usage or configuration",
  3: "the data folder cannot be opened (absent, in use, of a newer version, not writable), or the address is taken",
  70: "the storage failed, or a fault of Stowage itself",
};
