import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answers, endProcess, freePort, processFigures, waitFor, type BenchServer } from "./bench-server.ts";
import { pinned, type Cores } from "./pinned-process.ts";

const account = { name: "bench", password: "Bench-Password-1" } as const;

/**
 * Starts a Gitea or Forgejo with SQLite and its access log on, on a free port, with one account. It is kept to one core
 * like the others, which is what one worker is to a Go program.
 */
export async function startGitea({
  program,
  cores,
  folder,
}: {
  readonly program: "gitea" | "forgejo";
  readonly cores: Cores;
  readonly folder: string;
}): Promise<BenchServer> {
  mkdirSync(folder, { recursive: true });
  const port = freePort();
  const configPath = join(folder, "app.ini");
  writeFileSync(configPath, giteaConfiguration(folder, port));
  const environment = { PATH: process.env["PATH"] ?? "", HOME: folder, USER: process.env["USER"] ?? "root", GITEA_WORK_DIR: folder, FORGEJO_WORK_DIR: folder };
  const words = (...rest: readonly string[]): string[] => [program, "--config", configPath, ...rest];
  const run = (...rest: readonly string[]): void => {
    const result = Bun.spawnSync(words(...rest), { env: environment, cwd: folder });
    if (result.exitCode !== 0) throw new Error(`${program} ${rest.join(" ")}: ${result.stderr.toString()}${result.stdout.toString()}`);
  };
  run("migrate");
  run("admin", "user", "create", "--admin", "--username", account.name, "--password", account.password, "--email", "bench@localhost.localdomain", "--must-change-password=false");
  const child = Bun.spawn(pinned(words("web"), cores?.server ?? null), {
    cwd: folder,
    env: environment,
    stdin: "ignore",
    stdout: Bun.file(join(folder, "output.log")),
    stderr: "inherit",
  });
  await waitFor(child, program, () => answers(`http://127.0.0.1:${port}/api/healthz`));
  const made = await fetch(`http://127.0.0.1:${port}/api/v1/users/${account.name}/tokens`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${account.name}:${account.password}`)}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "bench", scopes: ["write:package"] }),
  });
  const token: { readonly sha1: string } = JSON.parse(await made.text());
  return {
    program: program === "gitea" ? "Gitea" : "Forgejo",
    port,
    tokenHeaders: { Authorization: `token ${token.sha1}` },
    folderOf: (packageName, version) => `/api/packages/${account.name}/generic/${packageName}/${version}/`,
    gitlabFolderOf: () => null,
    ...processFigures(child),
    stop: async () => {
      await endProcess(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function giteaConfiguration(folder: string, port: number): string {
  return `APP_NAME = bench
RUN_USER = ${process.env["USER"] ?? "root"}
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
OFFLINE_MODE = true
DISABLE_SSH = true
APP_DATA_PATH = ${folder}/data
[database]
DB_TYPE = sqlite3
PATH = ${folder}/data/gitea.db
SQLITE_JOURNAL_MODE = WAL
[security]
INSTALL_LOCK = true
[log]
MODE = console
LEVEL = Warn
ROOT_PATH = ${folder}/log
logger.access.MODE = access-file
[log.access-file]
MODE = file
FILE_NAME = access.log
[packages]
ENABLED = true
`;
}
