import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { temporaryFolder, until } from "../../support/server-process.ts";

/** Why the tests behind nginx cannot run here; null where they can. */
export const missingNginx: string | null = existsSync("/usr/sbin/nginx") || Bun.which("nginx") !== null ? null : "nginx is not installed (apt-get install nginx-light)";

/** A reverse proxy in front of one server. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
}

/** Starts nginx in front of 127.0.0.1:port, with connections to it that are kept and used again, as proxies do. */
export async function startNginx(port: number): Promise<Proxy> {
  const folder = temporaryFolder();
  const own = await freePort();
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder.path, name));
  const config = join(folder.path, "nginx.conf");
  writeFileSync(config, configOf(folder.path, own, port));
  const child = Bun.spawn(["nginx", "-e", join(folder.path, "error.log"), "-c", config, "-p", folder.path, "-g", "daemon off;"], {
    stdin: "ignore", stdout: "ignore", stderr: "ignore",
    env: { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` },
  });
  await until(() => canConnect(own), 20_000, "the start of nginx");
  return {
    port: own,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await child.exited;
      folder[Symbol.dispose]();
    },
  };
}

function configOf(folder: string, own: number, port: number): string {
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
