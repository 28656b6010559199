import { findDamageQuickly } from "./queries.ts";
import { createSqliteConnection, openReadOnly } from "./sqlite-connection.ts";

/** What the thread is told, once. */
export interface CheckRequest {
  readonly path: string;
}

/** What it answers, once. */
export type CheckAnswer = { readonly problems: readonly string[] } | { readonly failure: string };

declare const self: Worker;

async function check({ path }: CheckRequest): Promise<CheckAnswer> {
  const database = openReadOnly(path);
  try {
    return { problems: await findDamageQuickly(createSqliteConnection(database)) };
  } finally {
    database.close();
  }
}

self.onmessage = (event: MessageEvent<CheckRequest>) => {
  check(event.data).then(
    (answer) => self.postMessage(answer),
    (error: unknown) => self.postMessage({ failure: error instanceof Error ? error.message : String(error) } satisfies CheckAnswer),
  );
};
