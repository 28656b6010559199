import { join } from "node:path";
import type { Bench } from "../scenario.ts";
import type { BenchServer } from "./bench-server.ts";
import { startNginx, type NginxServer } from "./nginx.ts";
import { startGitea } from "./gitea.ts";
import { startStowage, type StowageServer } from "./stowage.ts";

/** The programs of one scenario: Stowage, the reference, and whatever peers this machine has. */
export type Servers = readonly [StowageServer, NginxServer, ...BenchServer[]];

/** Starts all programs in folders of their own, and stops them whatever happens in between. */
export async function withServers<Result>(bench: Bench, use: (servers: Servers) => Promise<Result>): Promise<Result> {
  const started: BenchServer[] = [];
  const place = (name: string) => ({ cores: bench.cores, folder: join(bench.folder, name) });
  const start = async <Server extends BenchServer>(starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    const stowage = await start(startStowage(place("stowage")));
    const nginx = await start(startNginx(place("nginx")));
    const peers: BenchServer[] = [];
    for (const program of installedPeers()) peers.push(await start(startGitea({ ...place(program), program })));
    return await use([stowage, nginx, ...peers]);
  } finally {
    for (const server of started.toReversed()) await server.stop();
  }
}

/** Programs of the same kind that this machine has. */
export function installedPeers(): readonly ("gitea" | "forgejo")[] {
  return (["gitea", "forgejo"] as const).filter((program) => Bun.which(program) !== null);
}
