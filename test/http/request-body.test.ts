import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { randomBytes } from "node:crypto";
import { countedBody } from "../../src/http/request-body.ts";

const content = randomBytes(3 * 1024 * 1024 + 5);

/** What a server found that read a body in one of the two ways. */
interface Reading {
  readonly sha256: string;
  readonly receivedBytes: number;
  readonly pieces: readonly Uint8Array[];
}

describe("the body of a request that arrives over a connection", () => {
  let last: Reading | null = null;
  let server: ReturnType<typeof Bun.serve> | null = null;
  beforeAll(() => {
    server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const body = countedBody(request, () => undefined);
        const hash = new Bun.CryptoHasher("sha256");
        const pieces: Uint8Array[] = [];
        for await (const piece of request.url.endsWith("/passing") ? body.passing() : body) {
          hash.update(piece);
          pieces.push(piece);
        }
        last = { sha256: hash.digest("hex"), receivedBytes: body.receivedBytes(), pieces };
        return new Response();
      },
    });
  });
  afterAll(() => server?.stop(true));

  const read = async (path: string, body: Uint8Array<ArrayBuffer>): Promise<Reading> => {
    await fetch(new URL(path, server?.url), { method: "PUT", body });
    if (last === null) throw new Error("the server has read nothing");
    return last;
  };
  const sha256Of = (bytes: Uint8Array): string => Bun.CryptoHasher.hash("sha256", bytes, "hex");

  it("comes in pieces that stay as they are", async () => {
    const { sha256, receivedBytes, pieces } = await read("/kept", content);
    expect([sha256, receivedBytes]).toEqual([sha256Of(content), content.byteLength]);
    expect(content.equals(Buffer.concat(pieces))).toBe(true);
  });

  it("gives the memory of large pieces back when the next one is asked for, where it is read in passing", async () => {
    const { sha256, receivedBytes, pieces } = await read("/passing", content);
    expect([sha256, receivedBytes]).toEqual([sha256Of(content), content.byteLength]);
    expect(pieces.some(({ byteLength }) => byteLength === 0)).toBe(true);
    expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBeLessThan(16 * 1024);
  });

  it("leaves small pieces to the collector", async () => {
    const small = content.subarray(0, 1000);
    const { pieces } = await read("/passing", small);
    expect(small.equals(Buffer.concat(pieces))).toBe(true);
  });

  it("is read in passing as nothing where there is none", async () => {
    const found: Uint8Array[] = [];
    for await (const piece of countedBody(new Request("http://127.0.0.1/"), () => undefined).passing()) found.push(piece);
    expect(found).toEqual([]);
  });
});
