// Run by left-over-log.test.ts, as a process of its own: publishes one by one, says so, and is killed.
import { openSqliteStore } from "../../src/metadata-stores/sqlite.ts";
import { addGroup, publish } from "../contracts/metadata-store/records.ts";

const [path, name, count] = process.argv.slice(2);
if (path === undefined || name === undefined) throw new Error("usage: publish-and-die.ts PATH NAME COUNT");

const store = await openSqliteStore(path, "migrate");
const { id } = await addGroup(store, name);
for (let index = 0; index < Number(count); index += 1) await publish(store, id, { path: `${name} ${index}`, content: `${name} ${index}` });
process.kill(process.pid, "SIGKILL");
