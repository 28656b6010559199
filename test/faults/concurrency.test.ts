import { afterAll, afterEach, beforeEach, describe, expect, it } from "bun:test";
import { createFaultClient, type FaultClient, type FaultDialect } from "../support/fault-client.ts";
import { sha256Of } from "../support/fault-content.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const rounds = 20;
const publishers = 50;
const timeoutMs = 120_000;
const sizeBytes = 10_000;

const contentOf = (name: string): Buffer<ArrayBuffer> => Buffer.alloc(sizeBytes, `${name} `);
const numbers = Array.from({ length: publishers }, (_, number) => number);

describe("publishers at the same time", () => {
  let opened: RunningServer | null = null;
  beforeEach(async () => {
    opened = await startServer();
  });
  const beganAtMs = performance.now();
  afterAll(() => {
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(JSON.stringify({ test: "publishers at the same time", publishers, rounds, seconds }));
  });
  afterEach(async () => {
    const server = opened;
    opened = null;
    if (server === null) return;
    try {
      expect(server.fatalErrors).toEqual([]);
      expect((await server.verify()).problems).toEqual([]);
    } finally {
      await server.stop();
    }
  });
  const server = (): RunningServer => {
    if (opened === null) throw new Error("the server runs only within a test");
    return opened;
  };
  const client = (dialect: FaultDialect = "gitea"): FaultClient => createFaultClient(server().url, server().admin, dialect);
  /** All at once; the statuses in the order of the numbers. */
  const publishAll = (
    path: (number: number) => string,
    content: (number: number) => Buffer<ArrayBuffer>,
    dialect: (number: number) => FaultDialect = () => "gitea",
  ) => Promise.all(numbers.map((number) => client(dialect(number)).put(path(number), content(number))));
  const ask = async (method: string, path: string, json: unknown = null): Promise<string> => {
    const response = await fetch(`${server().url}${path}`, {
      method,
      headers: { authorization: `Bearer ${server().admin.token}`, "content-type": "application/json" },
      body: json === null ? null : JSON.stringify(json),
      signal: AbortSignal.timeout(10_000),
    });
    expect(response.status).toBe(200);
    return response.text();
  };
  /** Every revision of the files of a package that has one version, the earliest first. */
  const revisionsOf = async (name: string): Promise<readonly { readonly id: number; readonly file_sha256: string }[]> => {
    const project = `/api/v4/projects/${server().admin.name}/packages`;
    const found: readonly { readonly id: number }[] = JSON.parse(await ask("GET", `${project}?package_name=${name}`));
    expect(found).toHaveLength(1);
    return JSON.parse(await ask("GET", `${project}/${found[0]?.id}/package_files?per_page=100&order_by=id&sort=asc`));
  };
  /** So that a name that is taken succeeds with the same bytes only. */
  const takeIdenticalOnly = () => ask("PATCH", `/api/stowage/v1/namespaces/${server().admin.name}/settings`, { duplicates: "identical" });

  it(
    "of one name and different bytes: one succeeds, the others meet a conflict, and its bytes are served",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const path = `different/${round}.0/file.bin`;
        const statuses = await publishAll(() => path, (number) => contentOf(`round ${round} publisher ${number}`));
        expect(statuses.filter((status) => status === 201)).toHaveLength(1);
        expect(statuses.filter((status) => status === 409)).toHaveLength(publishers - 1);
        const winner = contentOf(`round ${round} publisher ${statuses.indexOf(201)}`);
        expect(await client().read(path)).toEqual({ kind: "content", sizeBytes, sha256: sha256Of(winner) });
      }
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(rounds);
    },
    timeoutMs,
  );

  it(
    "of one name and the same bytes: one succeeds, the others meet a conflict, and one object is stored",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const path = `same/${round}.0/file.bin`;
        const content = contentOf(`round ${round}`);
        const statuses = await publishAll(() => path, () => content);
        expect(statuses.filter((status) => status === 201)).toHaveLength(1);
        expect(statuses.filter((status) => status === 409)).toHaveLength(publishers - 1);
        expect(await client().read(path)).toEqual({ kind: "content", sizeBytes, sha256: sha256Of(content) });
      }
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(rounds);
    },
    timeoutMs,
  );

  it(
    "of different files in one new version: all succeed",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const statuses = await publishAll(
          (number) => `files/${round}.0/file-${number}.bin`,
          (number) => contentOf(`round ${round} file ${number}`),
        );
        expect(statuses).toEqual(numbers.map(() => 201));
        const listed = await fetch(`${server().url}/api/v1/packages/root/generic/files/${round}.0/files`, {
          headers: { authorization: `token ${server().admin.token}` },
          signal: AbortSignal.timeout(10_000),
        });
        const files: readonly unknown[] = JSON.parse(await listed.text());
        expect(files).toHaveLength(publishers);
      }
    },
    timeoutMs,
  );

  it(
    "of the same bytes under different names: all succeed, and one object is stored",
    async () => {
      const content = contentOf("one content");
      const statuses = await publishAll((number) => `shared/${number}.0/file.bin`, () => content);
      expect(statuses).toEqual(numbers.map(() => 201));
      for (const number of numbers)
        expect(await client().read(`shared/${number}.0/file.bin`)).toMatchObject({ sha256: sha256Of(content) });
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(1);
    },
    timeoutMs,
  );

  it(
    "of one name by GitLab's rule: each adds a revision, and the one with the highest id is served",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const contents = numbers.map((number) => contentOf(`GitLab's round ${round} publisher ${number}`));
        const path = `revisions-${round}/1.0/file.bin`;
        const statuses = await publishAll(() => path, (number) => contents[number] ?? contentOf("none"), () => "gitlab");
        expect(statuses).toEqual(numbers.map(() => 201));
        const revisions = await revisionsOf(`revisions-${round}`);
        expect(revisions.map((revision) => revision.file_sha256).toSorted()).toEqual(contents.map(sha256Of).toSorted());
        const newest = revisions.toSorted((one, other) => other.id - one.id)[0]?.file_sha256 ?? "none";
        expect(await client("gitlab").read(path)).toEqual({ kind: "content", sizeBytes: contents[0]?.byteLength ?? 0, sha256: newest });
      }
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(rounds * publishers);
    },
    timeoutMs,
  );

  it(
    "of one name and the same bytes by GitLab's rule: each adds a revision of one object",
    async () => {
      for (let round = 0; round < rounds; round += 1) {
        const content = contentOf(`GitLab's round ${round}`);
        const path = `same-revisions-${round}/1.0/file.bin`;
        expect(await publishAll(() => path, () => content, () => "gitlab")).toEqual(numbers.map(() => 201));
        expect(await revisionsOf(`same-revisions-${round}`)).toHaveLength(publishers);
        expect(await client("gitlab").read(path)).toMatchObject({ sha256: sha256Of(content) });
      }
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(rounds);
    },
    timeoutMs,
  );

  it(
    "of one name and the same bytes, in both dialects, where identical ones are welcome: all succeed, with one revision of one object",
    async () => {
      await takeIdenticalOnly();
      for (let round = 0; round < rounds; round += 1) {
        const content = contentOf(`identical round ${round}`);
        const path = `identical-${round}/1.0/file.bin`;
        const statuses = await publishAll(() => path, () => content, (number) => (number % 2 === 0 ? "gitea" : "gitlab"));
        expect(statuses).toEqual(numbers.map(() => 201));
        expect((await revisionsOf(`identical-${round}`)).map((revision) => revision.file_sha256)).toEqual([sha256Of(content)]);
        expect(await client().read(path)).toMatchObject({ sha256: sha256Of(content) });
      }
      expect((await server().stores.metadata.blobs.totals()).blobs).toBe(rounds);
    },
    timeoutMs,
  );

  it(
    "of one name and different bytes, in both dialects, where only identical ones are welcome: one succeeds, and its bytes are served",
    async () => {
      await takeIdenticalOnly();
      const isGitlab = (number: number): boolean => number % 2 === 1;
      for (let round = 0; round < rounds; round += 1) {
        const path = `mixed-${round}/1.0/file.bin`;
        const content = (number: number) => contentOf(`mixed round ${round} publisher ${number}`);
        const statuses = await publishAll(() => path, content, (number) => (isGitlab(number) ? "gitlab" : "gitea"));
        const winner = statuses.indexOf(201);
        expect(statuses).toEqual(numbers.map((number) => (number === winner ? 201 : isGitlab(number) ? 400 : 409)));
        expect(await client().read(path)).toMatchObject({ sha256: sha256Of(content(winner)) });
        expect(await revisionsOf(`mixed-${round}`)).toHaveLength(1);
      }
    },
    timeoutMs,
  );
});
