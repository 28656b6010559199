// Run under strace by sqlite.test.ts, as a process of its own: publishes one by one and then many at once. A sync of a
// file named after each phase marks its beginning and end in the trace.
import { closeSync, fsyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, publish } from "../contracts/metadata-store/records.ts";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: publish-together.ts DIRECTORY");

const mark = (name: string): void => {
  const descriptor = openSync(join(directory, name), "w");
  fsyncSync(descriptor);
  closeSync(descriptor);
};

const store = await openSqliteStore(join(directory, "metadata.db"), "migrate");
const { id } = await addGroup(store, "tools");
mark("one-by-one");
for (let index = 0; index < 5; index += 1) await publish(store, id, { path: `early ${index}`, content: `early ${index}` });
mark("at-once");
await Promise.all(Array.from({ length: 32 }, (_, index) => publish(store, id, { path: `${index}`, content: `${index}` })));
mark("end");
await store.close();
