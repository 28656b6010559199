// Run by sqlite.test.ts several times at once, as processes of their own: opens a file that may not exist yet and
// writes to it.
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, publish } from "../contracts/metadata-store/records.ts";

const [path, name] = process.argv.slice(2);
if (path === undefined || name === undefined) throw new Error("usage: open-together.ts PATH NAME");

const store = await openSqliteStore(path, "migrate");
const { id } = await addGroup(store, name);
await Promise.all(Array.from({ length: 20 }, (_, index) => publish(store, id, { path: `${index}`, content: `${name} ${index}` })));
await store.close();
