import { RegistryError } from "../core/registry-error.ts";

/** The code that the system gave an error (`ENOENT`); empty where it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** What the process was doing when the file system refused. */
export type DiskStep = "open" | "write" | "sync" | "rename" | "remove" | "read";

const full: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);
const passing: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EINTR"]);

/**
 * What a file system error means. Lack of space or of descriptors refuses one upload and passes. A failed sync, or any
 * other error, leaves what the disk holds in doubt: `storage_failed` ends the process, and nothing is retried on the
 * same file (after a failed sync the kernel forgets the loss, and the next one reports success).
 */
export function diskError(step: DiskStep, cause: unknown): RegistryError {
  if (cause instanceof RegistryError) return cause;
  const code = codeOf(cause);
  if (step !== "sync") {
    if (full.has(code)) return new RegistryError("storage_full", `no space left to ${step} a stored file`, { cause });
    if (passing.has(code))
      return new RegistryError("storage_busy", `the system is out of resources to ${step} a stored file`, { cause });
  }
  return new RegistryError("storage_failed", `the file system failed to ${step} a stored file (${code || "unknown error"})`, {
    cause,
  });
}
