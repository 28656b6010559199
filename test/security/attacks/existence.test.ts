import { afterAll, afterEach, beforeAll, describe, expect, it, spyOn } from "bun:test";
import type { Sha256 } from "../../../src/core/domain.ts";
import type { RawResponse } from "../../support/raw-http.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

let target: Target;
let stranger = "";
let hidden: { readonly project: number; readonly packageId: number; readonly fileId: number };
beforeAll(async () => {
  target = await openTarget("what tells that something exists");
  stranger = (await target.town.mint("stranger", ["api"])).secret;
  const { make } = target.town;
  const row = await make("PUT", `${target.project}/packages/generic/secret-package/1.0/f?select=package_file`, "content of the hidden file");
  await make("POST", `${target.project}/releases`, { tag_name: "v1" });
  await make("POST", `${target.project}/variables`, { key: "KEY", value: "value" });
  hidden = { project: target.place.project.id, packageId: Number(row["package_id"]), fileId: Number(row["id"]) };
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

/** The same request about something that is there and about something that is not, for somebody who may see neither. */
function pairs(): readonly (readonly [there: string, absent: string])[] {
  const id = hidden.project;
  const v4 = (path: string): readonly [string, string] => [`GET /api/v4/projects/${id}${path}`, `GET /api/v4/projects/999999999${path}`];
  const byPath = (path: string): readonly [string, string] => [`GET /api/v4/projects/vault-private%2Ftools${path}`, `GET /api/v4/projects/vault-privatf%2Ftools${path}`];
  return [
    v4(""), v4("/packages"), v4(`/packages/${hidden.packageId}`), v4("/packages/generic/secret-package/1.0/f"), v4("/releases"), v4("/releases/v1"), v4("/variables"), v4("/members"), v4("/deploy_tokens"), v4("/access_tokens"),
    byPath(""), byPath("/packages"), byPath("/packages/generic/secret-package/1.0/f"), byPath("/releases/v1"),
    ["GET /api/v4/groups/vault-private", "GET /api/v4/groups/vault-privatf"], ["GET /api/v4/namespaces/vault-private", "GET /api/v4/namespaces/vault-privatf"],
    ["GET /api/v1/orgs/vault-private", "GET /api/v1/orgs/vault-privatf"],
    [`GET /vault-private/tools/-/package_files/${hidden.fileId}/download`, `GET /vault-private/tools/-/package_files/999999999/download`],
    ["GET /vault-private/tools/-/releases/v1/downloads/f", "GET /vault-privatf/tools/-/releases/v1/downloads/f"],
    [`GET /api/stowage/v1/namespaces/${id}/settings`, "GET /api/stowage/v1/namespaces/999999999/settings"],
    [`PUT /api/v4/projects/${id}/packages/generic/secret-package/1.0/f`, "PUT /api/v4/projects/999999999/packages/generic/secret-package/1.0/f"],
    [`DELETE /api/v4/projects/${id}/packages/generic/secret-package/1.0/f`, "DELETE /api/v4/projects/999999999/packages/generic/secret-package/1.0/f"],
    [`DELETE /api/v4/projects/${id}/packages/${hidden.packageId}`, `DELETE /api/v4/projects/999999999/packages/${hidden.packageId}`],
    [`GET /api/v4/personal_access_tokens/1`, "GET /api/v4/personal_access_tokens/999999999"],
  ];
}

/** Everything of an answer but what differs in any two: when, which, and the name that was asked for. */
function shapeOf(answer: RawResponse | null): unknown {
  const headers = [...(answer?.headers ?? [])].filter(([name]) => name !== "date" && name !== "x-request-id").map(([name, values]) => [name, values.join().replaceAll(/vault-privat[ef]/g, "NAME")]);
  return [answer?.status, headers, (answer?.text ?? "").replaceAll(/vault-privat[ef]/g, "NAME").replaceAll(/\d{5,}/g, "N")];
}

describe("what tells that something exists", () => {
  it("is neither status, nor head, nor body of a refusal", async () => {
    for (const [there, absent] of pairs())
      for (const lines of [[], [`PRIVATE-TOKEN: ${stranger}`, `Authorization: token ${stranger}`], ["PRIVATE-TOKEN: wrong"]])
        for (const more of [[], ['If-None-Match: "x"'], ["Range: bytes=0-1"], ["If-Match: *"]]) {
          const [one, other] = [await target.send(requestOf(there, [...lines, ...more], there.startsWith("PUT") ? "x" : null)), await target.send(requestOf(absent, [...lines, ...more], there.startsWith("PUT") ? "x" : null))];
          expect([there, shapeOf(one)]).toEqual([there, shapeOf(other)]);
          expect([there, (one?.status ?? 0) >= 400]).toEqual([there, true]);
        }
  }, 60_000);

  it("is not what is stored: content that somebody has already is received, written and counted like any other, and not read", async () => {
    const { blobs, metadata } = target.town.site.server.stores;
    const { make, mint } = target.town;
    const projects: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const id = Number((await make("POST", "/api/v4/projects", { path: `own-${round}`, visibility: "private" }))["id"]);
      await target.town.member(id, "stranger", 40);
      projects.push(id);
    }
    const token = (await mint("stranger", ["api"])).secret;
    // Long enough for its reading to be told by the time.
    const large = "hidden and large ".repeat(1 << 16);
    await make("PUT", `${target.project}/packages/generic/secret-package/1.0/large`, large);
    const shapes: unknown[] = [];
    const calls: number[][] = [];
    const written = [spyOn(blobs, "stage"), spyOn(blobs, "place"), spyOn(blobs, "remove")];
    const [hash, open] = [spyOn(blobs, "hash"), spyOn(blobs, "open")];
    const readOf = (name: string | undefined): number => [...hash.mock.calls, ...open.mock.calls].filter(([read]) => read === name).length;
    for (const [round, project] of projects.entries())
      for (const [number, content] of ["content of the hidden file", `content of nobody's, ${round}..`, large, large.replaceAll("hidden", `new ${round}.`)].entries()) {
        const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex") as Sha256;
        const there = (await metadata.blobs.findLive(sha256))?.storageName;
        expect([number, there === undefined]).toEqual([number, number % 2 === 1]);
        for (const spy of [...written, hash, open]) spy.mockClear();
        shapes.push(shapeOf(await target.send(requestOf(`PUT /api/v4/projects/${project}/packages/generic/probe/1.${round}/${number}`, [`PRIVATE-TOKEN: ${token}`], content))));
        calls.push([...written.map((spy) => spy.mock.calls.length), there === undefined ? 0 : readOf(there)]);
      }
    for (const spy of [...written, hash, open]) spy.mockRestore();
    expect(shapes).toHaveLength(20);
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(new Set(calls.map((call) => JSON.stringify(call)))).toEqual(new Set(["[1,1,0,0]"]));
    // The same for digests that are announced: to know one is not to have it.
    const digest = new Bun.CryptoHasher("sha256").update("content of the hidden file").digest("hex");
    for (const line of [`X-Checksum-Sha256: ${digest}`, `Content-Digest: sha-256=:${Buffer.from(digest, "hex").toString("base64")}:`, `If-None-Match: "${digest}"`]) {
      const answer = await target.send(requestOf(`PUT /api/v4/projects/${projects[0]}/packages/generic/probe/9.0/${line.length}`, [`PRIVATE-TOKEN: ${token}`, line], "other"));
      const got = await target.send(requestOf(`GET /api/v4/projects/${projects[0]}/packages/generic/probe/9.0/${line.length}`, [`PRIVATE-TOKEN: ${token}`]));
      expect(got?.text ?? "").not.toContain("hidden");
      expect([201, 400, 404, 412]).toContain(answer?.status ?? 0);
    }
  }, 30_000);

  it("is not the time that a refusal takes", async () => {
    const worth: readonly (readonly [string, string])[] = pairs().filter(([there]) => !there.startsWith("PUT"));
    const rounds = 15;
    const slower: unknown[] = [];
    const timeOf = async (first: string): Promise<number> => {
      const from = performance.now();
      await target.send(requestOf(first, [`PRIVATE-TOKEN: ${stranger}`]));
      return performance.now() - from;
    };
    const medianOf = (times: readonly number[]): number => times.toSorted((one, other) => one - other)[times.length >> 1] ?? 0;
    for (const [there, absent] of worth) {
      const measure = async (): Promise<number> => {
        const [one, other]: [number[], number[]] = [[], []];
        for (let round = 0; round < rounds; round += 1) {
          // In turn first and second, so that what else the machine does falls on both.
          const order = round % 2 === 0 ? ([[there, one], [absent, other]] as const) : ([[absent, other], [there, one]] as const);
          for (const [first, times] of order) times.push(await timeOf(first));
        }
        return Math.abs(medianOf(one) - medianOf(other));
      };
      // A busy machine gets more chances; what always differs by milliseconds, as a query or a file does, gets none.
      const differences: number[] = [];
      for (let chance = 0; chance < 4 && (differences.length === 0 || Math.min(...differences) > mostDifferenceMs); chance += 1) differences.push(await measure());
      if (Math.min(...differences) > mostDifferenceMs) slower.push([there, differences]);
    }
    expect(slower).toEqual([]);
  }, 120_000);
});

/** A look-up more or less takes a tenth of it; reading what is hidden, or a password check, many times as long. */
const mostDifferenceMs = 1.5;
