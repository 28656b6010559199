import type { Request } from "./history.ts";

/** The requests that run at the same time. */
export interface ConcurrentRequests {
  /** Notes the beginning of a request. */
  begin(request: Request): {
    /**
     * Whether something ran beside it at any time that takes the bytes of a read file away: a delete of the file, its version
     * or its package, or a publish in its place.
     */
    isBesideRemoval(): boolean;
    end(): void;
  };
}

export function createConcurrentRequests(): ConcurrentRequests {
  const running = new Set<{ readonly request: Request; readonly beside: Request[] }>();
  return {
    begin: (request) => {
      const own = { request, beside: [...running].map((other) => other.request) };
      for (const other of running) other.beside.push(request);
      running.add(own);
      return {
        isBesideRemoval: () => own.beside.some((other) => takesAway(other, request)),
        end: () => void running.delete(own),
      };
    },
  };
}

function takesAway(other: Request, read: Request): boolean {
  if (read.kind !== "read" || other.package !== read.package) return false;
  switch (other.kind) {
    case "delete package":
      return true;
    case "delete version":
      return other.version === read.version;
    case "delete file":
    case "publish":
      return other.version === read.version && other.file === read.file;
    default:
      return false;
  }
}
