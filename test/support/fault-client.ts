import { sha256Of } from "./fault-content.ts";
import type { Reading } from "./fault-journal.ts";

const answerTimeoutMs = 60_000;

/** Whose URLs and headers a client uses. */
export type FaultDialect = "gitea" | "gitlab";

/** A publisher that tries each request once, each on a connection of its own. */
export function createFaultClient(
  url: string,
  account: { readonly name: string; readonly token: string },
  dialect: FaultDialect = "gitea",
) {
  const isGitlab = dialect === "gitlab";
  const headers: Record<string, string> = isGitlab ? { "private-token": account.token } : { authorization: `token ${account.token}` };
  const base = isGitlab ? `${url}/api/v4/projects/${account.name}/packages/generic` : `${url}/api/packages/${account.name}/generic`;
  type Body = ConstructorParameters<typeof Response>[0];
  const send = async (method: string, path: string, body: Body = null, signal: readonly AbortSignal[] = []): Promise<Response> =>
    fetch(`${base}/${path}`, {
      method,
      headers,
      body,
      keepalive: false,
      signal: AbortSignal.any([AbortSignal.timeout(answerTimeoutMs), ...signal]),
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
    /** The signal cuts the connection. */
    put: (path: string, bytes: Uint8Array<ArrayBuffer>, ...signal: readonly AbortSignal[]) => statusOf(send("PUT", path, bytes, signal)),
    /** Without an announced length. */
    putChunked: (path: string, bytes: Uint8Array<ArrayBuffer>) => statusOf(send("PUT", path, new Blob([bytes]).stream())),
    delete: (path: string) => statusOf(send("DELETE", path)),
    /** Names of the files that a version is listed with; none for one that is not there. Throws for any other answer. */
    list: async (version: string): Promise<readonly string[]> => {
      const response = await fetch(`${url}/api/v1/packages/${account.name}/generic/${version}/files`, {
        headers,
        signal: AbortSignal.timeout(answerTimeoutMs),
      });
      const text = await response.text();
      if (response.status === 404) return [];
      if (response.status !== 200) throw new Error(`the files of ${version} cannot be listed: ${response.status} ${text}`);
      const files: readonly { readonly name: string }[] = JSON.parse(text);
      return files.map(({ name }) => name);
    },
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
