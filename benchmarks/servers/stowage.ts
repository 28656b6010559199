import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { answers, endProcess, processFigures, waitFor, type BenchServer } from "./bench-server.ts";
import { pinned, type Cores } from "./pinned-process.ts";

/** The account of the bench, made at the first start on a folder. */
export const account = { name: "bench", password: "Bench-Password-1", token: "bench0token0of0the0bench0account00000001" } as const;

/** Stowage as the bench runs it. */
export interface StowageServer extends BenchServer {
  readonly dataFolder: string;
  /** From the beginning of the process until it answered a request, milliseconds. */
  readonly startedInMs: number;
}

export interface StowageOptions {
  readonly cores: Cores;
  /** Holds data and log; created where it is missing. */
  readonly folder: string;
  /** Whether stopping leaves the folder. */
  readonly keepFolder?: boolean;
  /** What the command line is called by; from source where it is left out. */
  readonly program?: readonly string[];
  /** Settings beside those that all servers of the bench have. */
  readonly settings?: Readonly<Record<string, string>>;
}

const projectFolder = resolve(import.meta.dir, "../..");

/** The command line as `npm start` calls it. */
export const stowageFromSource: readonly string[] = [process.execPath, "--no-env-file", join(projectFolder, "src/cli/main.ts")];

/** Makes what `npm run build` makes, at that path. */
export function buildStowage(path: string): readonly string[] {
  const { success, stderr } = Bun.spawnSync([process.execPath, "--no-env-file", join(projectFolder, "scripts/build.ts"), path]);
  if (!success) throw new Error(`the executable could not be built: ${stderr.toString()}`);
  return [path];
}

/** Starts the server on a free port, with its access log in a file. */
export async function startStowage({ cores, folder, keepFolder = false, program = stowageFromSource, settings = {} }: StowageOptions): Promise<StowageServer> {
  mkdirSync(folder, { recursive: true });
  const logPath = join(folder, "access.log");
  const dataFolder = join(folder, "data");
  rmSync(logPath, { force: true });
  const beganAtMs = performance.now();
  const child = Bun.spawn(pinned([...program, "serve"], cores?.server ?? null), {
    cwd: folder,
    stdin: "ignore",
    stdout: Bun.file(logPath),
    stderr: "inherit",
    env: {
      PATH: process.env["PATH"] ?? "",
      STOWAGE_LISTEN: "127.0.0.1:0",
      STOWAGE_DATA: dataFolder,
      STOWAGE_ADMIN_USER: account.name,
      STOWAGE_ADMIN_PASSWORD: account.password,
      STOWAGE_ADMIN_TOKEN: account.token,
      ...settings,
    },
  });
  const port = await waitFor(child, "Stowage", async () => portIn(logPath));
  await waitFor(child, "Stowage", () => answers(`http://127.0.0.1:${port}/healthz`));
  const startedInMs = performance.now() - beganAtMs;
  const tokenHeaders = { Authorization: `Bearer ${account.token}` };
  const projectId = await ensureProject(port, tokenHeaders);
  return {
    program: "Stowage",
    port,
    dataFolder,
    startedInMs,
    tokenHeaders,
    folderOf: (packageName, version) => `/api/packages/${account.name}/generic/${packageName}/${version}/`,
    gitlabFolderOf: (packageName, version) => `/api/v4/projects/${projectId}/packages/generic/${packageName}/${version}/`,
    ...processFigures(child),
    stop: async () => {
      await endProcess(child);
      if (!keepFolder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function portIn(logPath: string): number | null {
  const port = /listens on http:\/\/[^:]+:(\d+)\n/.exec(readFileSync(logPath, "latin1"))?.[1];
  return port === undefined ? null : Number(port);
}

/** The public project that requests in GitLab's manner go to; made once in a folder. */
async function ensureProject(port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  const base = `http://127.0.0.1:${port}/api/v4/projects`;
  const known = await fetch(`${base}/${account.name}%2Ffiles`, { headers });
  const answer = known.ok
    ? known
    : await fetch(base, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ name: "files", visibility: "public" }),
      });
  if (!answer.ok) throw new Error(`the project could not be made: ${answer.status} ${await answer.text()}`);
  const project: { readonly id: number } = JSON.parse(await answer.text());
  return project.id;
}
