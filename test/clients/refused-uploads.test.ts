import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, type RunningServer } from "../support/server.ts";
import { createAccount, type TestAccount } from "./accounts.ts";
import { isContinuousIntegration, isInstalled, runProgram } from "./run-program.ts";
import { uploadPrograms, type Upload, type UploadProgram } from "./upload-programs.ts";

const largeBytes = 50 * 1024 * 1024;
const smallBytes = 1000;
const timeoutMs = 90_000;

interface World {
  /** Its limit on files counts for who is no administrator. */
  readonly limited: RunningServer;
  /** Its limit on uploads counts for everyone. */
  readonly bounded: RunningServer;
  readonly user: TestAccount;
  readonly files: { readonly directory: string; readonly large: string; readonly small: string };
}

async function openWorld(): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), "stowage-clients-"));
  const files = { directory, large: join(directory, "large.bin"), small: join(directory, "small.bin") };
  writeFileSync(files.large, Buffer.alloc(largeBytes, "an upload that is refused "));
  writeFileSync(files.small, Buffer.alloc(smallBytes, "an upload that is taken "));
  const limited = await startServer({ STOWAGE_LIMIT_FILE_BYTES: "1000000" });
  const bounded = await startServer({ STOWAGE_MAX_UPLOAD_BYTES: "40000000" });
  const user = await createAccount(limited, "uploader");
  const taken = await fetch(`${limited.url}/api/packages/root/generic/taken/1.0/file.bin`, {
    method: "PUT",
    headers: { authorization: `token ${limited.admin.token}` },
    body: "taken",
  });
  expect(taken.status).toBe(201);
  return { limited, bounded, user, files };
}

/** An upload, and the status that its sender has to see. */
interface Case {
  readonly status: 201 | 401 | 403 | 409 | 413;
  readonly what: string;
  readonly upload: (world: World, program: UploadProgram) => Upload;
}

const nameOf = (program: UploadProgram): string => program.name.replaceAll(/[^A-Za-z0-9]+/g, "-").replace(/-+$/, "");
const administrator = ({ admin }: RunningServer): string => `token ${admin.token}`;

const cases: readonly Case[] = [
  {
    status: 201,
    what: "a small one that is taken",
    upload: ({ limited, files }, program) => ({
      url: `${limited.url}/api/packages/root/generic/accepted/1.0/${nameOf(program)}`,
      file: files.small,
      authorization: administrator(limited),
    }),
  },
  {
    status: 401,
    what: "one without a credential",
    upload: ({ limited, files }) => ({
      url: `${limited.url}/api/packages/root/generic/refused/1.0/file.bin`,
      file: files.large,
      authorization: null,
    }),
  },
  {
    status: 403,
    what: "one beyond the publisher's limit",
    upload: ({ limited, user, files }) => ({
      url: `${limited.url}/api/packages/${user.name}/generic/refused/1.0/file.bin`,
      file: files.large,
      authorization: `token ${user.token}`,
    }),
  },
  {
    status: 409,
    what: "one of a name that is taken",
    upload: ({ limited, files }) => ({
      url: `${limited.url}/api/packages/root/generic/taken/1.0/file.bin`,
      file: files.large,
      authorization: administrator(limited),
    }),
  },
  {
    status: 413,
    what: "one beyond the bound on uploads",
    upload: ({ bounded, files }) => ({
      url: `${bounded.url}/api/packages/root/generic/refused/1.0/file.bin`,
      file: files.large,
      authorization: administrator(bounded),
    }),
  },
];

describe("an upload of 50 MiB that is refused", () => {
  let opened: World | null = null;
  beforeAll(async () => {
    opened = await openWorld();
  });
  afterAll(async () => {
    if (opened === null) return;
    const { limited, bounded, files } = opened;
    rmSync(files.directory, { recursive: true, force: true });
    for (const server of [limited, bounded]) {
      try {
        expect(server.fatalErrors).toEqual([]);
        expect((await server.verify()).problems).toEqual([]);
      } finally {
        await server.stop();
      }
    }
  });

  for (const program of uploadPrograms) {
    if (!isInstalled(program.program, program.probe ?? null)) {
      if (program.isOptional === true) console.log(`${program.name} is not tried: it is not on this machine`);
      else if (isContinuousIntegration)
        it(`tells ${program.name}`, () => {
          throw new Error(`${program.program} is not on this machine, and CI skips nothing`);
        });
      else it.skip(`tells ${program.name} (skipped: ${program.program} is not on this machine)`, () => undefined);
      continue;
    }
    it(
      `tells ${program.name} each status`,
      async () => {
        const world = opened;
        if (world === null) throw new Error("the servers run only within a test");
        const seen: string[] = [];
        for (const { what, upload } of cases) {
          const wanted = upload(world, program);
          const result = await runProgram({ command: program.command(wanted), inputFile: program.readsInput === true ? wanted.file : null });
          const status = program.statusOf(result);
          seen.push(`${what}: ${status ?? `no status (exit code ${result.exitCode}) ${result.complaints.slice(-500)}`}`);
        }
        expect(seen).toEqual(cases.map(({ what, status }) => `${what}: ${status}`));
      },
      timeoutMs,
    );
  }
});
