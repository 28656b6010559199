// Run under strace by failed-sync.test.ts, as a process of its own, with every sync failing from the second on: publishes
// several at once to a file that exists, closes the store, and ends by itself.
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, failureOf } from "../contracts/metadata-store/records.ts";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: fail-and-close.ts PATH");

const store = await openSqliteStore(path, "migrate");
await store.packages.listVersions({ namespaceId: 1, status: "any" }, { offset: 0, limit: 1 });
const failures = await Promise.all(["a", "b", "c"].map((name) => failureOf(addGroup(store, name))));
await store.close();
console.log(failures.map((failure) => (failure instanceof Error && "code" in failure ? failure.code : "none")).join(" "));
