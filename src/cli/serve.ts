import type { Command } from "./command.ts";
import { ensureEnvironment } from "./process-environment.ts";

/** `stowage serve`. What runs it is loaded when the process has replaced itself, which has to be quick. */
export const serve: Command = {
  words: "serve",
  names: [],
  flags: [],
  summary: "Run the server",
  details: "It creates the data folder and the administrator on its first start. SIGINT and SIGTERM stop it.",
  run: async (call) => {
    ensureEnvironment(call.config.dataDirectory);
    return (await import("./run-server.ts")).runServer(call);
  },
};
