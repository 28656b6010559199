import { describe, expect, it } from "bun:test";
import { openFormUpload, type FormOutcome } from "../../src/http/form-upload.ts";
import { countedBody } from "../../src/http/request-body.ts";

const formType = "multipart/form-data; boundary=B";
const fieldNames = ["status", "select"];

async function* chunksOf(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

interface Seen {
  readonly content: Buffer;
  readonly outcome: FormOutcome;
  /** What a misfit was, put together again. */
  readonly original: Buffer | null;
}

async function unwrap(chunks: Iterable<Uint8Array>, contentType = formType): Promise<Seen> {
  const upload = openFormUpload(chunksOf(chunks), contentType, fieldNames);
  const content = Buffer.concat(await Array.fromAsync(upload.content));
  const outcome = upload.outcome();
  if (outcome.kind === "unwrapped") return { content, outcome, original: null };
  return { content, outcome, original: Buffer.concat([outcome.before, content, ...(await Array.fromAsync(outcome.rest))]) };
}

/** `fields` are null for a misfit, of which `content` was yielded all the same. */
async function expectHowever(body: Buffer, content: string, fields: Record<string, string> | null, type?: string): Promise<void> {
  const cuts: Uint8Array[][] = [Array.from(body, (byte) => Uint8Array.of(byte))];
  for (let at = 0; at <= body.byteLength; at += 1) cuts.push([body.subarray(0, at), body.subarray(at)]);
  for (const chunks of cuts) {
    const seen = await unwrap(chunks, type);
    expect(seen.content.toString("latin1")).toBe(content);
    if (fields === null) expect(seen.original?.toString("latin1")).toBe(body.toString("latin1"));
    else expect<unknown>(seen.outcome).toEqual({ kind: "unwrapped", fields });
  }
}

function part(name: string, content: string, more = ""): string {
  return `--B\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`;
}
const file = (content: string) => part("file", content, '; filename="a.bin"');
const end = "--B--\r\n";

describe("openFormUpload, wherever the body is cut into chunks", () => {
  const fits: readonly (readonly [what: string, body: string, content: string, fields: Record<string, string>])[] = [
    ["a file", file("hello") + end, "hello", {}],
    ["an empty file", file("") + end, "", {}],
    ["a file without a name", part("file", "hello") + end, "hello", {}],
    ["an end without a line break", `${file("hello")}--B--`, "hello", {}],
    ["fields around the file", part("select", "package_file") + file("hello") + part("status", "hidden") + end, "hello", { select: "package_file", status: "hidden" }],
    ["a field twice", part("status", "a") + file("hello") + part("status", "b") + end, "hello", { status: "b" }],
    ["preamble and epilogue", `pre\r\namble\r\n${file("hello")}${end}epilogue\r\n--B\r\n`, "hello", {}],
    ["what looks like delimiters", file("a\r\n--BB\r\n\r\n--A\r\r\n-") + end, "a\r\n--BB\r\n\r\n--A\r\r\n-", {}],
    ["an empty part without its own line break", `--B\r\nContent-Disposition: form-data; name=file\r\n\r\n--B--`, "", {}],
  ];
  for (const [what, body, content, fields] of fits)
    it(`unwraps ${what}`, () => expectHowever(Buffer.from(body, "latin1"), content, fields));

  const misfits: readonly (readonly [what: string, body: string, content: string, type?: string])[] = [
    ["an empty body", "", ""],
    ["raw bytes", "\x00\xff hello \r\n--", ""],
    ["no file", part("status", "hidden") + end, ""],
    ["no part", end, ""],
    ["a foreign part in front", part("other", "x") + file("hello") + end, ""],
    ["a foreign part behind", file("hello") + part("other", "x") + end, "hello"],
    ["a file of another name", part("upload", "hello", "; filename=a") + end, ""],
    ["a part without name", "--B\r\n\r\nhello\r\n" + end, ""],
    ["a second file", file("hello") + file("there") + end, "hello"],
    ["a second empty file", file("") + file("") + end, ""],
    ["no end", file("hello"), "hello"],
    ["half an end", `${file("hello")}--B-`, "hello"],
    ["a cut in the file", file("hello").slice(0, -4), "hel"],
    ["a cut in a delimiter behind the file", `${file("hello")}-`, "hello"],
    ["a cut behind a field", file("hello") + part("status", "x"), "hello"],
    ["a field that is not UTF-8", file("hello") + part("status", "\xff") + end, "hello"],
    ["another type", file("hello") + end, "", "text/plain"],
    ["no boundary", file("hello") + end, "", "multipart/form-data"],
    ["another boundary", file("hello") + end, "", "multipart/form-data; boundary=C"],
  ];
  for (const [what, body, content, type] of misfits)
    it(`leaves ${what} as it is`, () => expectHowever(Buffer.from(body, "latin1"), content, null, type));
});

/** Numbers that look random and are the same each time (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

describe("openFormUpload with random forms", () => {
  const bits = ["x", "\r\n", "\r", "--B", "--", "\r\n--B", "\r\n--C", "ä", "\xff", "\r\n--B-", "\r\n--B \t"];
  it("yields the file or gives back the body, the same in whatever chunks", async () => {
    const counts = { unwrapped: 0, misfit: 0 };
    for (let seed = 0; seed < 3000; seed += 1) {
      const below = randomOf(seed);
      const text = (length: number) => Array.from({ length: below(length) }, () => bits[below(bits.length)] ?? "").join("");
      const names = ["file", "status", "file", "select", "status", "other"];
      let body = below(5) === 0 ? text(4) : "";
      for (let count = below(4); count >= 0; count -= 1) body += part(names[below(below(2) === 0 ? 6 : 4)] ?? "", text(8));
      body += below(8) === 0 ? "" : end;
      if (below(8) === 0) body = body.slice(0, below(body.length + 1));
      const bytes = Buffer.from(body, "latin1");
      const whole = await unwrap([bytes]);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.byteLength; ) {
        const length = below(below(2) === 0 ? 4 : 60);
        chunks.push(bytes.subarray(at, at + length));
        at += length;
      }
      const cut = await unwrap(chunks);
      counts[whole.outcome.kind] += 1;
      expect(cut.outcome.kind).toBe(whole.outcome.kind);
      expect(cut.content.equals(whole.content)).toBe(true);
      for (const { outcome, original } of [whole, cut]) {
        if (outcome.kind === "misfit") expect(original?.equals(bytes)).toBe(true);
        else expect<unknown>(outcome).toEqual(whole.outcome);
      }
    }
    // The forms are mixed enough to say something.
    expect(Math.min(counts.unwrapped, counts.misfit)).toBeGreaterThan(300);
  });
});

describe("openFormUpload", () => {
  const mebibyte = 1024 * 1024;

  it("takes no second file for a field, whatever fields there are", async () => {
    const upload = openFormUpload(chunksOf([Buffer.from(file("a") + file("b") + end)]), formType, ["file"]);
    expect(Buffer.concat(await Array.fromAsync(upload.content)).toString()).toBe("a");
    expect(upload.outcome().kind).toBe("misfit");
  });
  it("takes fields of 4 KiB and not more", async () => {
    const fit = await unwrap([Buffer.from(part("status", "x".repeat(4096)) + file("hello") + end)]);
    expect(fit.outcome.kind).toBe("unwrapped");
    const body = Buffer.from(file("hello") + part("status", "x".repeat(4097)) + end);
    const misfit = await unwrap([body]);
    expect(misfit.outcome.kind).toBe("misfit");
    expect(misfit.original?.equals(body)).toBe(true);
  });
  it("takes 1 MiB outside the file and not more, in whatever chunks", async () => {
    const frame = Buffer.byteLength(file("") + end);
    for (const [spare, kind] of [[0, "unwrapped"], [1, "misfit"]] as const) {
      const padding = "x".repeat(mebibyte - frame - 2 + spare);
      for (const body of [`${padding}\r\n${file("hello".repeat(mebibyte))}${end}`, `${file("hello")}${end}${padding}\r\n`]) {
        const bytes = Buffer.from(body);
        const halves = [bytes.subarray(0, 700_000), bytes.subarray(700_000, 800_000), bytes.subarray(800_000)];
        for (const chunks of [[bytes], halves]) {
          const seen = await unwrap(chunks);
          expect(seen.outcome.kind).toBe(kind);
          if (seen.original !== null) expect(seen.original.equals(bytes)).toBe(true);
        }
      }
    }
  });
  it("counts fields to what stands outside the file", async () => {
    const field = part("status", "x".repeat(4000));
    for (const [count, kind] of [[250, "unwrapped"], [260, "misfit"]] as const) {
      const bytes = Buffer.from(file("hello") + field.repeat(count) + end);
      const seen = await unwrap([bytes.subarray(0, 500_000), bytes.subarray(500_000)]);
      expect(seen.outcome.kind).toBe(kind);
      if (seen.original !== null) expect(seen.original.equals(bytes)).toBe(true);
    }
  });
  it("yields the file as it arrives, and holds no more of a misfit without end than it must", async () => {
    let sentBytes = 0;
    async function* large(first: string, then: string): AsyncGenerator<Uint8Array> {
      yield Buffer.from(first);
      for (let count = 0; count < 1000; count += 1) {
        sentBytes += 65_536;
        yield Buffer.alloc(65_536, then);
      }
      yield Buffer.from(`\r\n${end}`);
    }
    const upload = openFormUpload(large(file("").slice(0, -2), "\r\n--A"), formType, []);
    let receivedBytes = 0;
    for await (const chunk of upload.content) {
      receivedBytes += chunk.byteLength;
      expect(sentBytes - receivedBytes).toBeLessThan(2 * 65_536);
    }
    expect([receivedBytes, upload.outcome().kind]).toEqual([65_536_000, "unwrapped"]);

    sentBytes = 0;
    const misfit = openFormUpload(large("", "x"), formType, []);
    expect(await Array.fromAsync(misfit.content)).toEqual([]);
    expect(sentBytes).toBeLessThan(mebibyte + 2 * 65_536);
    const outcome = misfit.outcome();
    if (outcome.kind !== "misfit") throw new Error("this form does not fit");
    let restBytes = outcome.before.byteLength;
    for await (const chunk of outcome.rest) restBytes += chunk.byteLength;
    expect(restBytes).toBe(65_536_000 + 2 + end.length);
  });
  it("passes on what breaks the body, before and in a misfit's rest", async () => {
    async function* broken(first: string): AsyncGenerator<Uint8Array> {
      yield Buffer.from(first);
      throw new Error("gone");
    }
    const upload = openFormUpload(broken(file("hello").slice(0, -2)), formType, []);
    expect(await Array.fromAsync(upload.content).catch(String)).toBe("Error: gone");
    expect(() => upload.outcome()).toThrow("not read to its end");
    const misfit = openFormUpload(broken(part("other", "x")), formType, []);
    await Array.fromAsync(misfit.content);
    const outcome = misfit.outcome();
    expect(outcome.kind === "misfit" && (await Array.fromAsync(outcome.rest).catch(String))).toBe("Error: gone");
  });
  it("lets go of the body when its reader stops, and after a misfit", async () => {
    const open = (body: string) => {
      const request = new Request("http://a/", { method: "PUT", body });
      return { request, upload: openFormUpload(countedBody(request, () => undefined), formType, []) };
    };
    const left = open(file("hello") + end);
    for await (const _ of left.upload.content) break;
    expect(left.request.body?.locked).toBe(false);
    const misfit = open(part("other", "x") + end);
    await Array.fromAsync(misfit.upload.content);
    const outcome = misfit.upload.outcome();
    if (outcome.kind !== "misfit") throw new Error("this form does not fit");
    for await (const _ of outcome.rest) break;
    expect(misfit.request.body?.locked).toBe(false);
  });
  it("unwraps what a real client sends to a real server", async () => {
    using server = Bun.serve({
      port: 0,
      async fetch(request) {
        const upload = openFormUpload(countedBody(request, () => undefined), request.headers.get("content-type") ?? "", fieldNames);
        const hash = new Bun.CryptoHasher("sha256");
        for await (const chunk of upload.content) hash.update(chunk);
        return Response.json([hash.digest("hex"), upload.outcome()]);
      },
    });
    const content = crypto.getRandomValues(new Uint8Array(60_000));
    const blob = new Blob(Array<Uint8Array<ArrayBuffer>>(100).fill(content));
    const form = new FormData();
    form.append("file", blob, "a.bin");
    form.append("status", "hidden ä");
    const answer = await fetch(server.url, { method: "PUT", body: form });
    expect(await answer.json()).toEqual([Bun.SHA256.hash(await blob.bytes(), "hex"), { kind: "unwrapped", fields: { status: "hidden ä" } }]);
  });
});
