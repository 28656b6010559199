import { expect } from "bun:test";
import { rawRequest } from "../../../support/raw-http.ts";
import { fields, rows } from "../../json-answers.ts";
import { bytes, created, forbidden, message, notFound, problem } from "../answers.ts";
import { get, head, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { settings, sizeLimit } from "../settings-step.ts";
import { projectOf } from "../world.ts";
import { digest, every, sameBytes, typed } from "./content.ts";

const tooLarge = message(400, "400 Bad request - File is too large");
const moment: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** The record of a file, as `select=package_file` shows it. */
const record = (fileName: string, content: string): Expectation => ({
  status: 200,
  jsonLike: {
    id: expect.any(Number),
    package_id: expect.any(Number),
    project_id: expect.any(Number),
    created_at: moment,
    updated_at: moment,
    size: Buffer.byteLength(content),
    file_store: 1,
    file_md5: null,
    file_sha1: null,
    file_name: fileName,
    file: { url: expect.stringMatching(/\S/) },
    file_sha256: digest("sha256", content),
    status: "default",
    verification_state: 0,
    verification_retry_at: null,
    verified_at: null,
    verification_failure: null,
    verification_retry_count: null,
    verification_checksum: null,
    verification_started_at: null,
    file_final_path: null,
    new_file_path: null,
  },
});

export const uploads: readonly ProtocolCase[] = [
  {
    row: "put.raw",
    it: "stores the bytes as they are, whatever type they are called",
    steps: [
      put("{p}/1.0/none", created, every),
      get("{p}/1.0/none", { status: 200 }, sameBytes(every)),
      put("{p}/1.0/json", created, "{}", typed("application/json")),
      get("{p}/1.0/json", bytes("{}")),
      ...["application/octet-stream", "text/plain", "application/json", "text/html", "nonsense", "multipart/mixed; boundary=XX"].flatMap(
        (type, index) => [put(`{p}/1.0/${index}`, created, '{"a":', typed(type)), get(`{p}/1.0/${index}`, bytes('{"a":'))],
      ),
    ],
  },
  {
    row: "put.form",
    it: "stores what looks like parameters",
    steps: [
      put("{p}/1.0/f", created, "status=bogus&select=package_file&path=..", typed("application/x-www-form-urlencoded")),
      get("{p}/1.0/f", bytes("status=bogus&select=package_file&path=..")),
    ],
  },
  {
    row: "put.encoding",
    it: "does not unpack an encoded body",
    steps: [
      put("{p}/1.0/f", created, Bun.gzipSync("hello"), { headers: { "Content-Encoding": "gzip" } }),
      get("{p}/1.0/f", { status: 200, headers: { "content-encoding": null } }, sameBytes(Bun.gzipSync("hello"))),
    ],
  },
  {
    row: "put.chunked",
    it: "needs no length",
    steps: [
      put("{p}/1.0/f", created, every, { chunkBytes: 8000 }),
      get("{p}/1.0/f", { status: 200, headers: { "content-length": "70000" } }, sameBytes(every)),
      put("{p}/1.0/empty", created, "", { chunkBytes: 10 }),
      get("{p}/1.0/empty", bytes("")),
    ],
  },
  {
    row: "put.expect",
    it: "lets curl's small uploads go on",
    steps: [
      put("{p}/1.0/f", created, "hello", { headers: { Expect: "100-continue" } }),
      get("{p}/1.0/f", bytes("hello")),
      put("{p}/1.0/a%20b", problem(400, "file_name is invalid"), "hello", { headers: { Expect: "100-continue" } }),
    ],
  },
  {
    row: "put.empty",
    it: "stores a file of no bytes",
    steps: [
      put("{p}/1.0/f", created, ""),
      get("{p}/1.0/f", bytes("")),
      { method: "PUT", target: "{p}/1.0/g?select=package_file", expect: record("g", "") },
      get("{p}/1.0/g", bytes("")),
    ],
  },
  {
    row: "put.select",
    it: "answers the record",
    steps: [
      put("{p}/1.0/f?select=package_file", record("f", "hello"), "hello", {
        check: (answer, _world, names) => expect(fields(answer)["project_id"]).toBe(projectOf(names)),
      }),
      put("{p}/1.0/g?status=hidden&select=package_file", record("g", "other"), "other"),
      get("{p}/1.0/f", bytes("hello")),
    ],
  },
  {
    row: "put.select.url",
    it: "names an address that leads to the file",
    steps: [
      put("{p}/1.0/dir/f?select=package_file", record("dir%2Ff", "hello"), "hello", {
        check: async (answer, world) => {
          const url = new URL(String(Object(fields(answer)["file"])["url"]), world.url);
          expect(url.origin).toBe(world.url);
          const read = await rawRequest(world.port, `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: h\r\n\r\n`);
          expect([read.status, read.text]).toEqual([200, "hello"]);
        },
      }),
    ],
  },
  {
    row: "put.select.directory",
    it: "encodes the whole name where there is a directory",
    steps: [
      put("{p}/1.0/dir/sub/a%2Bb~c@d.txt?select=package_file", record("dir%2Fsub%2Fa%2Bb%7Ec%40d.txt", "x"), "x"),
      put("{p}/1.0/a+b~c@d.txt?select=package_file", record("a+b~c@d.txt", "x"), "x"),
    ],
  },
  {
    row: "put.select.refused",
    it: "refuses other values",
    steps: ["all", "", "package_files"].map((value) => put(`{p}/1.0/f?select=${value}`, problem(400, "select does not have a valid value"))),
  },
  {
    row: "put.status",
    it: "takes two values",
    steps: [
      put("{p}/1.0/f?status=default", created),
      put("{p}/1.0/g?status=hidden", created),
      ...["error", "processing", "", "Hidden"].map((value) => put(`{p}/1.0/f?status=${value}`, problem(400, "status does not have a valid value"))),
    ],
  },
  {
    row: "put.parallel",
    it: "makes one version of many first uploads",
    steps: [
      async (world, names) => {
        const secret = await world.secret("developer", projectOf(names));
        const upload = async (index: number): Promise<number> => {
          const target = await world.fill(`{api}/packages/generic/{p}/1.0/f${index}`, names);
          const lines = [`PUT ${target} HTTP/1.1`, "Host: h", `PRIVATE-TOKEN: ${secret ?? ""}`, "Content-Length: 5"];
          return (await rawRequest(world.port, `${lines.join("\r\n")}\r\n\r\nhello`)).status;
        };
        const statuses = await Promise.all(Array.from({ length: 24 }, async (_, index) => await upload(index)));
        expect(statuses).toEqual(Array<number>(24).fill(201));
      },
      get("{api}/packages?package_name={p}", { status: 200 }, { check: (answer) => expect(rows(answer).length).toBe(1) }),
      ...Array.from({ length: 24 }, (_, index) => get(`{p}/1.0/f${index}`, bytes("hello"))),
    ],
  },
  {
    row: "put.cut",
    it: "stores nothing of a body that breaks off",
    steps: [
      put("{p}/1.0/f", created, "half", { promisedBytes: 100 }),
      put("{p}/1.0/g", created, "half of it all", { chunkBytes: 4, promisedBytes: 100 }),
      get("{p}/1.0/f", notFound),
      get("{p}/1.0/g", notFound),
      get("{api}/packages?package_name={p}", { status: 200, json: [] }),
      put("{p}/1.0/f", created),
    ],
  },
  {
    row: "put.content-range",
    it: "stores what was sent as the whole file",
    steps: [put("{p}/1.0/f", created, "part", { headers: { "Content-Range": "bytes 0-3/10" } }), get("{p}/1.0/f", bytes("part"))],
  },
  {
    row: "put.preconditions",
    it: "passes over preconditions",
    steps: [
      put("{p}/1.0/f", created, "x", { headers: { "If-Match": '"x"', "If-Unmodified-Since": "Mon, 01 Jan 2024 00:00:00 GMT" } }),
      put("{p}/1.0/f", created, "y", { headers: { "If-None-Match": "*" } }),
      get("{p}/1.0/f", bytes("y")),
    ],
  },
  {
    row: "put.refused",
    it: "leaves nothing behind when it refuses",
    steps: [
      put("{p}/1.0/f", forbidden, "x", { as: "guest" }),
      put("{p}/1.0/a%20b", problem(400, "file_name is invalid")),
      put("{p}/1.0/f?status=x", problem(400, "status does not have a valid value")),
      get("{p}/1.0/f", notFound),
      head("{p}/1.0/f", { status: 404 }),
      get("{api}/packages?package_name={p}", { status: 200, json: [] }),
    ],
  },
  {
    row: "put.strict",
    it: "takes only three numbers, in both dialects",
    project: "fresh",
    steps: [
      put("{p}+x/1.0/f", created),
      settings({ versions: "x.y.z" }),
      put("{p}/1.2.3/f", created),
      put("{p}/0.0.12/f", created),
      ...["1.2", "1.2.3-rc1", "v1.2.3", "1.2.3.4", "1.2.3a"].map((version) => put(`{p}/${version}/f`, problem(400, "package_version is invalid"))),
      put("{p}+x/1.2.3/f", problem(400, "package_name is invalid")),
      put("/api/packages/{path}/generic/{p}/1.2/f", { status: 400 }, "x", {
        as: "anonymous",
        headers: { Authorization: "token {token:developer}" },
      }),
      get("{p}+x/1.0/f", bytes("hello")),
      settings({ versions: null }),
      put("{p}/1.2/f", created),
    ],
  },
];

/** Apart, since the limit is that of the instance. */
export const sizeLimits: readonly ProtocolCase[] = [
  {
    row: "put.limit.default",
    it: "has no limit at first, and none with 0",
    steps: [put("{p}/1.0/f", created, "x".repeat(300_000)), sizeLimit(4), sizeLimit(0), put("{p}/1.0/g", created, "x".repeat(300_000))],
  },
  {
    row: "put.limit",
    it: "takes exactly the limit, known beforehand or not",
    steps: [
      sizeLimit(10),
      put("{p}/1.0/f", created, "0123456789"),
      put("{p}/1.0/f", created, "0123456789", { chunkBytes: 3 }),
      put("{p}/1.0/g", tooLarge, "0123456789a"),
      put("{p}/1.0/g", tooLarge, "0123456789a", { chunkBytes: 3 }),
      get("{p}/1.0/g", notFound),
      sizeLimit(0),
    ],
  },
  {
    row: "put.limit.early",
    it: "answers though no body ever comes, once it has waited for one to throw away",
    steps: [
      sizeLimit(10),
      async (world, names) => {
        const target = await world.fill("{api}/packages/generic/{p}/1.0/f", names);
        const secret = (await world.secret("developer", projectOf(names))) ?? "";
        const lines = [`PUT ${target} HTTP/1.1`, "Host: h", `PRIVATE-TOKEN: ${secret}`, "Content-Length: 1000000"];
        const answer = await rawRequest(world.port, `${lines.join("\r\n")}\r\n\r\n`, { timeoutMs: 15_000 });
        expect([answer.status, answer.text]).toEqual([400, '{"message":"400 Bad request - File is too large"}']);
      },
      sizeLimit(0),
    ],
  },
];
