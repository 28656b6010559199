import { admin } from "../support/server-process.ts";

const answerTimeoutMs = 60_000;

/** The status, after the whole answer was read; null when there was none. */
export async function askFor(url: string, init: RequestInit = {}): Promise<{ readonly status: number | null; readonly bytes: Uint8Array<ArrayBuffer> }> {
  try {
    const headers = { authorization: `token ${admin.token}`, ...init.headers };
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(answerTimeoutMs) });
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
  } catch {
    return { status: null, bytes: new Uint8Array() };
  }
}

/** Where the load's files stand. */
export function fileUrl(url: string, path: string): string {
  return `${url}/api/packages/${admin.name}/generic/${path}`;
}
