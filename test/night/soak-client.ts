import { sha256Of } from "../support/fault-content.ts";
import type { Reading } from "../support/fault-journal.ts";

const answerTimeoutMs = 120_000;

/** Which API a name is published through; what comes through GitLab's is read through Gitea's too. */
export const soakDialects = ["gitea", "gitlab"] as const;
export type SoakDialect = (typeof soakDialects)[number];

/** One file's place: `package/version/file`. */
export interface SoakPlace {
  readonly dialect: SoakDialect;
  readonly path: string;
}

/** A whole answer; null when there was none. */
export interface SoakAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Requests of one soak against the server as it runs at the moment. Each is tried once. */
export function createSoakClient(url: string, account: { readonly name: string; readonly token: string }) {
  const send = async (path: string, init: RequestInit = {}): Promise<SoakAnswer | null> => {
    const headers = { authorization: `Bearer ${account.token}`, ...init.headers };
    try {
      const response = await fetch(`${url}${path}`, { ...init, headers, signal: AbortSignal.timeout(answerTimeoutMs) });
      return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
    } catch {
      return null;
    }
  };
  const project = `${account.name}%2Fsoak`;
  const pathOf = ({ dialect, path }: SoakPlace): string =>
    dialect === "gitea" ? `/api/packages/${account.name}/generic/${path}` : `/api/v4/projects/${project}/packages/generic/${path}`;
  const otherPathOf = ({ dialect, path }: SoakPlace): string =>
    dialect === "gitea" ? pathOf({ dialect, path }) : `/api/packages/${project}/generic/${path}`;
  const statusOf = async (answer: Promise<SoakAnswer | null>): Promise<number | null> => (await answer)?.status ?? null;
  return {
    send,
    /** Through the API that it was published through, or another that has it as well. */
    pathOf,
    otherPathOf,
    project,
    put: (place: SoakPlace, body: Uint8Array<ArrayBuffer>) => statusOf(send(pathOf(place), { method: "PUT", body })),
    delete: (place: SoakPlace) => statusOf(send(pathOf(place), { method: "DELETE" })),
    /** What a name holds; null when there was no whole answer. */
    read: async (path: string): Promise<Reading | null> => {
      const answer = await send(path);
      if (answer === null) return null;
      if (answer.status === 404) return { kind: "absent" };
      if (answer.status !== 200) return { kind: "other", status: answer.status };
      return { kind: "content", sha256: sha256Of(answer.bytes), sizeBytes: answer.bytes.byteLength };
    },
  };
}

export type SoakClient = ReturnType<typeof createSoakClient>;
