import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, endProcess, freePort, processFigures, waitFor, type BenchServer } from "./bench-server.ts";
import { pinned, type Cores } from "./pinned-process.ts";

/** nginx as the bench runs it: plain files below `root`. */
export interface NginxServer extends BenchServer {
  readonly root: string;
}

/** Why this machine's nginx cannot be measured against; null when it can. */
export function nginxProblem(): string | null {
  if (Bun.which("nginx") === null) return "nginx is missing: apt-get install nginx-light";
  const told = Bun.spawnSync(["nginx", "-V"]).stderr.toString();
  return told.includes("http_dav_module") ? null : "this nginx has no WebDAV module: apt-get install nginx-light";
}

/**
 * The configuration: one worker, sendfile, buffered access log, WebDAV PUT into the served folder; what nginx does by
 * default otherwise. Requests on one connection are not bounded, as they are not at Stowage.
 */
export function nginxConfiguration(folder: string, port: number): string {
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 8192; }
http {
  access_log ${folder}/access.log combined buffer=32k flush=100ms;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_temp_path ${folder}/incoming;
  proxy_temp_path ${folder}/unused1;
  fastcgi_temp_path ${folder}/unused2;
  uwsgi_temp_path ${folder}/unused3;
  scgi_temp_path ${folder}/unused4;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port};
    root ${folder}/files;
    dav_methods PUT;
    create_full_put_path on;
  }
}
`;
}

/** Starts nginx on a free port with a folder of its own. Throws when nginx cannot be used. */
export async function startNginx({ cores, folder }: { readonly cores: Cores; readonly folder: string }): Promise<NginxServer> {
  const problem = nginxProblem();
  if (problem !== null) throw new Error(problem);
  const root = join(folder, "files");
  mkdirSync(root, { recursive: true });
  const port = freePort();
  const configPath = join(folder, "nginx.conf");
  // Without it the worker of a nginx that root started would run as another account, which cannot read the folder.
  const account = process.getuid?.() === 0 ? "user root;\n" : "";
  writeFileSync(configPath, account + nginxConfiguration(folder, port));
  const child = Bun.spawn(pinned(["nginx", "-p", folder, "-c", configPath, "-e", join(folder, "error.log")], cores?.server ?? null), {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "inherit",
  });
  await waitFor(child, "nginx", () => answers(`http://127.0.0.1:${port}/`));
  return {
    program: "nginx",
    port,
    root,
    tokenHeaders: { Authorization: "Bearer nginx-does-not-look-at-this-but-reads-it" },
    folderOf: (packageName, version) => `/api/packages/bench/generic/${packageName}/${version}/`,
    gitlabFolderOf: (packageName, version) => `/api/v4/projects/2/packages/generic/${packageName}/${version}/`,
    ...processFigures(child),
    stop: async () => {
      await endProcess(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
