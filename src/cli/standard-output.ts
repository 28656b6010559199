let isForgiving = false;

/**
 * The standard output; a reader that went away, as `| head` does, is no fault of ours. Asked for only to write: making the
 * stream takes milliseconds, which a process that is about to replace itself has no use for.
 */
export function standardOutput(): typeof process.stdout {
  if (!isForgiving) process.stdout.on("error", () => undefined);
  isForgiving = true;
  return process.stdout;
}
