import { answerQuery, type QueryName } from "./queries.ts";
import { keepTotals } from "./reader-thread-totals.ts";
import { createSqliteConnection, openReadOnly } from "./sqlite-connection.ts";

/** What the reader is told; it opens the file with the first query. */
export type ReaderMessage =
  | { readonly kind: "query"; readonly path: string; readonly name: QueryName; readonly values: readonly unknown[] }
  | { readonly kind: "close" };

/** What it answers, one answer to each message. */
export type ReaderAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: string | null; readonly message: string };

declare const self: Worker;

let reader: ReturnType<typeof openReader> | null = null;

function openReader(path: string) {
  const database = openReadOnly(path);
  const changes = database.prepare<{ data_version: number }, []>("PRAGMA data_version");
  const connection = keepTotals(createSqliteConnection(database), () => changes.get()?.data_version ?? 0);
  return { connection, close: () => database.close() };
}

async function handle(message: ReaderMessage): Promise<unknown> {
  if (message.kind === "query") {
    reader ??= openReader(message.path);
    return answerQuery(reader.connection, message.name, message.values);
  }
  reader?.close();
  reader = null;
  return null;
}

function answer(message: ReaderAnswer): void {
  self.postMessage(message);
}

self.onmessage = (event: MessageEvent<ReaderMessage>) => {
  handle(event.data).then(
    (value) => answer({ ok: true, value }),
    (error: unknown) => {
      const code = error instanceof Error && "code" in error ? String(error.code) : null;
      answer({ ok: false, code, message: error instanceof Error ? error.message : String(error) });
    },
  );
};
