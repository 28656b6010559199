import { Database } from "bun:sqlite";
import { describe, expect, it } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStores, type Stores } from "../../src/open-stores.ts";
import { createFaultClient } from "../support/fault-client.ts";
import { sha256Of } from "../support/fault-content.ts";
import { emptyFolder, fillFolder } from "../support/fault-folder.ts";
import { verified } from "../support/fault-recovery.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const files = { "changed.bin": "the changed one", "missing.bin": "the missing one", "sound.bin": "the sound one", "unreadable.bin": "the unreadable one" };
type FileName = keyof typeof files;
const names = Object.keys(files) as FileName[];
const bytesOf = (name: FileName) => Buffer.from(files[name].repeat(5000));
const hash = (algorithm: "md5" | "sha1" | "sha512", name: FileName) => createHash(algorithm).update(bytesOf(name)).digest("hex");

/** A folder as it is left where a crash came between the uploads and the computing of their further digests. */
async function fillWithoutDigests(dataDirectory: string): Promise<void> {
  await fillFolder(dataDirectory, async (client) => {
    for (const name of names) expect(await client.put(`tool/1.0/${name}`, bytesOf(name))).toBe(201);
  });
  const database = new Database(join(dataDirectory, "stowage.db"));
  try {
    database.run("UPDATE blobs SET md5 = NULL, sha1 = NULL, sha512 = NULL");
    const places = database.query<{ storage_name: string }, [string]>("SELECT storage_name FROM blobs WHERE sha256 = ?");
    const pathOf = (name: FileName): string => {
      const { storage_name: stored } = places.get(sha256Of(bytesOf(name))) ?? { storage_name: "" };
      return join(dataDirectory, "blobs", stored.slice(0, 2), stored);
    };
    unlinkSync(pathOf("missing.bin"));
    const bytes = readFileSync(pathOf("changed.bin"));
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    writeFileSync(pathOf("changed.bin"), bytes);
  } finally {
    database.close();
  }
}

/** Stores on whose disk one file gives an input error as long as `isBroken` says so. */
function withInputError({ blobs, ...stores }: Stores, isBroken: () => boolean): Stores {
  const refused = sha256Of(bytesOf("unreadable.bin"));
  return {
    ...stores,
    blobs: {
      ...blobs,
      hash: async (name, ...rest) => {
        if (name.startsWith(refused) && isBroken()) throw new Error("the stored object cannot be read (EIO)");
        return blobs.hash(name, ...rest);
      },
    },
  };
}

async function ask({ url, admin }: RunningServer, path: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`, { headers: { authorization: `token ${admin.token}`, "private-token": admin.token } });
  expect([path, response.status]).toEqual([path, 200]);
  return response.json();
}

function rowOf(name: FileName, isDigested: boolean) {
  const digests = { md5: isDigested ? hash("md5", name) : "", sha1: isDigested ? hash("sha1", name) : "", sha512: isDigested ? hash("sha512", name) : "" };
  return { id: expect.any(Number), name, size: bytesOf(name).byteLength, Size: bytesOf(name).byteLength, sha256: sha256Of(bytesOf(name)), ...digests };
}

describe("the list of a version some of whose bytes were damaged before all their digests were known", () => {
  it("has every file with its size and SHA-256, in both APIs, the digests that can be known, and all once bytes are there again", async () => {
    const beganAtMs = performance.now();
    using folder = emptyFolder();
    const dataDirectory = join(folder.path, "data");
    await fillWithoutDigests(dataDirectory);
    let isBroken = true;
    const settings = { STOWAGE_DATA: dataDirectory, STOWAGE_GC_INTERVAL_SECONDS: "0", STOWAGE_SCRUB_INTERVAL_SECONDS: "0" };
    const server = await startServer(settings, { open: async (...parameters) => withInputError(await openStores(...parameters), () => isBroken) });
    try {
      const filesInGitea = "/api/v1/packages/root/generic/tool/1.0/files";
      // The first may come before the damage was found, the second comes after.
      for (let time = 0; time < 2; time += 1) expect(await ask(server, filesInGitea)).toEqual(names.map((name) => rowOf(name, name === "sound.bin")));
      const [listed] = Object(await ask(server, "/api/v4/projects/root/packages"));
      const rows = Object(await ask(server, `/api/v4/projects/root/packages/${listed.id}/package_files`));
      const inGitlab = names.map((name) => ({ file_name: name, size: bytesOf(name).byteLength, file_md5: null, file_sha1: null, file_sha256: sha256Of(bytesOf(name)) }));
      expect(rows).toEqual(inGitlab.map((row) => expect.objectContaining(row)));
      for (const fault of ["is damaged", "could not be read"]) expect(server.logLines.some((line) => line.includes(`a stored object ${fault}`))).toBe(true);
      const client = createFaultClient(server.url, server.admin);
      isBroken = false;
      for (const name of ["missing.bin", "changed.bin"] as const) expect(await client.put(`again/1.0/${name}`, bytesOf(name))).toBe(201);
      expect(await ask(server, filesInGitea)).toEqual(names.map((name) => rowOf(name, true)));
      expect(server.fatalErrors).toEqual([]);
      expect(await verified(server.stores)).toEqual([]);
      console.log(JSON.stringify({ test: "damaged lists", files: names.length, seconds: Math.round((performance.now() - beganAtMs) / 100) / 10 }));
    } finally {
      await server.stop();
    }
  });
});
