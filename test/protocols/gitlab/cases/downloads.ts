import { expect } from "bun:test";
import { rows } from "../../json-answers.ts";
import { bytes, created, notFound } from "../answers.ts";
import { get, head, put, type ProtocolCase } from "../protocol-case.ts";
import { digest, typed } from "./content.ts";

const disposition = (name: string): string => `attachment; filename="${name}"; filename*=UTF-8''${name}`;
const ten = "0123456789";

export const downloads: readonly ProtocolCase[] = [
  {
    row: "get.200",
    it: "sends the file with its headers",
    steps: [
      put("{p}/1.0/f.bin", created),
      get("{p}/1.0/f.bin", bytes("hello", {
        "content-disposition": disposition("f.bin"),
        "content-transfer-encoding": "binary",
        "accept-ranges": "bytes",
        "last-modified": /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/,
      })),
    ],
  },
  {
    row: "get.head",
    it: "sends the headers of GET",
    steps: [
      put("{p}/1.0/f", created),
      head("{p}/1.0/f", {
        status: 200,
        headers: {
          "content-type": "application/octet-stream",
          "content-length": "5",
          "content-disposition": disposition("f"),
          "x-checksum-sha256": digest("sha256", "hello"),
        },
      }),
      head("{p}/1.0/g", { status: 404, headers: { "content-type": "application/json" } }),
    ],
  },
  {
    row: "get.type",
    it: "guesses nothing",
    steps: ["a.json", "a.html", "a.txt", "a.gz", "a.png"].flatMap((name) => [
      put(`{p}/1.0/${name}`, created, "{}", typed("application/json")),
      get(`{p}/1.0/${name}`, bytes("{}"), { headers: { Accept: "application/json" } }),
    ]),
  },
  {
    row: "get.disposition",
    it: "names the file twice",
    steps: [
      put("{p}/1.0/my-file_1.0.tar.gz", created),
      get("{p}/1.0/my-file_1.0.tar.gz", bytes("hello", { "content-disposition": disposition("my-file_1.0.tar.gz") })),
    ],
  },
  {
    row: "get.disposition.at",
    it: "escapes an at sign",
    steps: [put("{p}/1.0/a@b", created), get("{p}/1.0/a@b", bytes("hello", { "content-disposition": disposition("a%40b") }))],
  },
  {
    row: "get.disposition.directory",
    it: "names the last part",
    steps: [
      put("{p}/1.0/dir/sub/a.txt", created),
      get("{p}/1.0/dir/sub/a.txt", bytes("hello", { "content-disposition": disposition("a.txt") })),
      get("{p}/1.0/dir%2Fsub%2Fa.txt", bytes("hello", { "content-disposition": disposition("a.txt") })),
    ],
  },
  {
    row: "get.checksum",
    it: "names the sha256",
    steps: [
      put("{p}/1.0/f", created),
      get("{p}/1.0/f", bytes("hello", { "x-checksum-sha256": digest("sha256", "hello") })),
      head("{p}/1.0/f", { status: 200, headers: { "x-checksum-sha256": digest("sha256", "hello") } }),
    ],
  },
  {
    row: "get.tag",
    it: "tags the content",
    steps: [
      put("{p}/1.0/f", created),
      get("{p}/1.0/f", bytes("hello", {
        etag: `"${digest("sha256", "hello")}"`,
        "repr-digest": `sha-256=:${digest("sha256", "hello", "base64")}:`,
      })),
      head("{p}/1.0/f", { status: 200, headers: { etag: `"${digest("sha256", "hello")}"` } }),
    ],
  },
  {
    row: "get.identity",
    it: "compresses nothing",
    steps: [
      put("{p}/1.0/f.txt", created, "a".repeat(10_000)),
      get("{p}/1.0/f.txt", bytes("a".repeat(10_000), { "content-encoding": null }), { headers: { "Accept-Encoding": "gzip, br" } }),
    ],
  },
  {
    row: "get.newest",
    it: "serves the last upload",
    steps: [
      put("{p}/1.0/f", created, "one"),
      get("{p}/1.0/f", bytes("one")),
      put("{p}/1.0/f", created, "three"),
      get("{p}/1.0/f", bytes("three", { etag: `"${digest("sha256", "three")}"` })),
      put("{p}/1.0/f", created, "one"),
      get("{p}/1.0/f", bytes("one")),
    ],
  },
  {
    row: "get.missing",
    it: "says that there is nothing",
    steps: [
      get("{p}/1.0/f", notFound),
      put("{p}/1.0/f", created),
      get("{p}/1.0/g", notFound),
      get("{p}/1.1/f", notFound),
      get("{p}/1.0/dir/f", notFound),
      get("x{p}/1.0/f", notFound),
      get("{p}/1.0/g", notFound, { as: "anonymous" }),
    ],
  },
  {
    row: "get.range",
    it: "sends parts",
    steps: [
      put("{p}/1.0/f", created, ten),
      get("{p}/1.0/f", { status: 206, body: "234", headers: { "content-range": "bytes 2-4/10", "content-length": "3" } }, {
        headers: { Range: "bytes=2-4" },
      }),
      get("{p}/1.0/f", { status: 206, body: "789", headers: { "content-range": "bytes 7-9/10" } }, { headers: { Range: "bytes=-3" } }),
      get("{p}/1.0/f", { status: 206, body: "56789", headers: { "content-range": "bytes 5-9/10" } }, { headers: { Range: "bytes=5-" } }),
      get("{p}/1.0/f", { status: 416, headers: { "content-range": "bytes */10" } }, { headers: { Range: "bytes=10-" } }),
      get("{p}/1.0/f", { status: 416 }, { headers: { Range: "lines=1-2" } }),
    ],
  },
  {
    row: "get.if-range",
    it: "sends all where the content changed",
    steps: [
      put("{p}/1.0/f", created, ten),
      head("{p}/1.0/f", { status: 200 }, { keep: { tag: "etag", date: "last-modified" } }),
      get("{p}/1.0/f", { status: 206, body: "01" }, { headers: { Range: "bytes=0-1", "If-Range": "{tag}" } }),
      get("{p}/1.0/f", bytes(ten), { headers: { Range: "bytes=0-1", "If-Range": '"other"' } }),
      get("{p}/1.0/f", bytes(ten), { headers: { Range: "bytes=0-1", "If-Range": "Mon, 01 Jan 2024 00:00:00 GMT" } }),
      put("{p}/1.0/f", created, "abcdefghij"),
      get("{p}/1.0/f", bytes("abcdefghij"), { headers: { Range: "bytes=0-1", "If-Range": "{tag}" } }),
    ],
  },
  {
    row: "get.conditional",
    it: "sends nothing that the client has",
    steps: [
      put("{p}/1.0/f", created),
      head("{p}/1.0/f", { status: 200 }, { keep: { tag: "etag", date: "last-modified" } }),
      get("{p}/1.0/f", { status: 304, body: "", headers: { etag: "{tag}" } }, { headers: { "If-None-Match": "{tag}" } }),
      get("{p}/1.0/f", { status: 304, body: "" }, { headers: { "If-Modified-Since": "{date}" } }),
      get("{p}/1.0/f", bytes("hello"), { headers: { "If-None-Match": '"other"' } }),
      get("{p}/1.0/f", bytes("hello"), { headers: { "If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT" } }),
    ],
  },
  {
    row: "get.counted",
    it: "sets when the version was last downloaded",
    steps: [
      put("{p}/1.0/f", created),
      get("{api}/packages?package_name={p}", { status: 200, body: /"last_downloaded_at":null/ }),
      get("{p}/1.0/f", bytes("hello")),
      async (world, names) => {
        const target = await world.fill("{api}/packages?package_name={p}", names);
        const seen = async (): Promise<unknown> => rows(await world.must(200, "GET", target))[0]?.["last_downloaded_at"];
        const until = performance.now() + 5000;
        while ((await seen()) === null && performance.now() < until) await Bun.sleep(50);
        expect(await seen()).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      },
    ],
  },
];
