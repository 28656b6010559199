import { sha256Of } from "./fault-content.ts";
import type { Reading } from "./fault-journal.ts";

const answerTimeoutMs = 60_000;

/** A publisher that tries each request once, each on a connection of its own. */
export function createFaultClient(url: string, account: { readonly name: string; readonly token: string }) {
  const headers = { authorization: `token ${account.token}` };
  const send = async (method: string, path: string, body: ConstructorParameters<typeof Response>[0] = null): Promise<Response> =>
    fetch(`${url}/api/packages/${account.name}/generic/${path}`, {
      method,
      headers,
      body,
      keepalive: false,
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
  /** The status; null when there was no answer. */
  const statusOf = async (answer: Promise<Response>): Promise<number | null> => {
    try {
      const response = await answer;
      await response.arrayBuffer();
      return response.status;
    } catch {
      return null;
    }
  };
  return {
    put: (path: string, bytes: Uint8Array<ArrayBuffer>) => statusOf(send("PUT", path, bytes)),
    /** Without an announced length. */
    putChunked: (path: string, bytes: Uint8Array<ArrayBuffer>) => statusOf(send("PUT", path, new Blob([bytes]).stream())),
    delete: (path: string) => statusOf(send("DELETE", path)),
    /** Throws when there is no whole answer. */
    read: async (path: string): Promise<Reading> => {
      const response = await send("GET", path);
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (response.status === 404) return { kind: "absent" };
      if (response.status !== 200) return { kind: "other", status: response.status };
      return { kind: "content", sha256: sha256Of(bytes), sizeBytes: bytes.byteLength };
    },
  };
}

export type FaultClient = ReturnType<typeof createFaultClient>;
