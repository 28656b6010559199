import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { temporaryFolder, until } from "../../support/server-process.ts";

/** A reverse proxy in front of one server. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
}

/** A program that can be one. */
export interface ProxyProgram {
  readonly name: string;
  /** Why it cannot run here; null where it can. */
  readonly missing: string | null;
  /**
   * Starts it in front of 127.0.0.1:port, with connections to the server that are kept and used again, as proxies do, and with the sender's
   * address behind what the sender claims.
   */
  start(port: number): Promise<Proxy>;
}

/** Every program that the tests are run behind. */
export const proxyPrograms: readonly ProxyProgram[] = [
  programOf("nginx", "nginx-light", (folder, own, port) => {
    for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
    const config = join(folder, "nginx.conf");
    writeFileSync(config, nginxConfig(folder, own, port));
    return ["-e", join(folder, "error.log"), "-c", config, "-p", folder, "-g", "daemon off;"];
  }),
  programOf("haproxy", "haproxy", (folder, own, port) => {
    const config = join(folder, "haproxy.cfg");
    writeFileSync(config, haproxyConfig(own, port));
    return ["-db", "-f", config];
  }),
];

/** `prepare` writes what the program needs into a folder, and answers its arguments. */
function programOf(name: string, debianPackage: string, prepare: (folder: string, own: number, port: number) => readonly string[]): ProxyProgram {
  const path = [Bun.which(name), `/usr/sbin/${name}`].find((one) => one !== null && existsSync(one)) ?? null;
  return {
    name,
    missing: path === null ? `${name} is not installed (apt-get install ${debianPackage})` : null,
    start: async (port) => {
      const folder = temporaryFolder();
      const own = await freePort();
      const child = Bun.spawn([path ?? name, ...prepare(folder.path, own, port)], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
      await until(() => canConnect(own), 20_000, `the start of ${name}`);
      return {
        port: own,
        [Symbol.asyncDispose]: async () => {
          child.kill("SIGTERM");
          await child.exited;
          folder[Symbol.dispose]();
        },
      };
    },
  };
}

function nginxConfig(folder: string, own: number, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name.replace("client_", "")};`);
  return `
    ${process.getuid?.() === 0 ? "user root;" : ""}
    worker_processes 1;
    pid ${folder}/nginx.pid;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${temporary.join("\n      ")}
      client_max_body_size 0;
      upstream stowage { server 127.0.0.1:${port}; keepalive 4; }
      server {
        listen 127.0.0.1:${own};
        location / {
          proxy_pass http://stowage;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header Host $host;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
          proxy_set_header X-Forwarded-Proto $scheme;
          proxy_request_buffering off;
        }
      }
    }
  `;
}

/** Connections are shared by clients as far as it goes, also for a client's first request. */
function haproxyConfig(own: number, port: number): string {
  return `
global
  maxconn 1024
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout http-request 30s
  option forwardfor
  http-reuse always
frontend clients
  bind 127.0.0.1:${own}
  default_backend stowage
backend stowage
  server stowage 127.0.0.1:${port} pool-max-conn 4
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

async function canConnect(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then(
    (response) => response.ok,
    () => false,
  );
}
