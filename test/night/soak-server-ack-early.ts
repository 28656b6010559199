import { readFileSync } from "node:fs";
import { loadConfig } from "../../src/config.ts";
import { openStores } from "../../src/open-stores.ts";
import { startServer } from "../../src/server.ts";
import { answeredEarly } from "../support/fault-answered-early.ts";

/** Broken on purpose: it answers a publish before the commit. A soak has to catch it. */
const config = loadConfig({ flags: {}, environment: process.env, readFile: (path) => readFileSync(path, "utf8") });
const server = await startServer(config, {
  log: { access: () => undefined, event: () => undefined, flush: () => undefined },
  onFatal: () => process.exit(70),
  open: async (given, schema, onFailure) => {
    const stores = await openStores(given, schema, onFailure);
    return { ...stores, metadata: { ...stores.metadata, publishing: answeredEarly(stores.metadata.publishing) } };
  },
});
process.on("SIGTERM", () => void server.stop().then(() => process.exit(0)));
process.stdout.write(`Stowage listens on ${server.url}\n`);
