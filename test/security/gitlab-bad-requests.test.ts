import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { NoAnswerError, rawRequest, type RawResponse } from "../support/raw-http.ts";
import { chosen, randomOf } from "./gitlab-bad-bodies.ts";
import { createHarmless, expectSound, seedOf, type Harmless } from "./gitlab-harmless.ts";
import { idOf, marker, openTown, type Town } from "./gitlab-places.ts";
import { ofGroup, ofProject, publish, release } from "./gitlab-rows.ts";

let town: Town;
let project = "";
let group = "";
let ids: { packageId: number; fileId: number };
let linkId = 0;
let tokenId = 0;
let ruleId = 0;
let inputs = 0;
let harmless: Harmless;
const root = (): Record<string, string> => ({ "private-token": town.site.server.admin.token });

beforeAll(async () => {
  town = await openTown();
  harmless = createHarmless(town, () => (inputs += 1));
  [project, group] = [ofProject(town.places.private), ofGroup(town.places.private)];
  ids = await publish(town, project, "p");
  linkId = await release(town, project, "v1");
  tokenId = Number((await town.make("POST", `${project}/deploy_tokens`, { name: "d", scopes: ["read_package_registry"] }))["id"]);
  ruleId = Number((await town.make("POST", `${project}/packages/protection/rules`, { package_name_pattern: "z", package_type: "generic", minimum_access_level_for_push: "owner" }))["id"]);
}, 60_000);
afterAll(async () => {
  await town.site.server.stop();
  console.log(`${inputs} bad requests`);
});

afterEach(async () => {
  await expectSound(town);
  expect((await town.ask("GET", `${project}/packages/generic/p/1.0/f`, root())).text).toBe(marker);
});

describe("numbers in paths", () => {
  const strange = [
    "0", "-1", "-0", "+1", "1e3", "1.0", "1.5", "0x1", "0b1", "%D9%A3", "9007199254740992", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616",
    "1".repeat(300), "NaN", "Infinity", "null", "undefined", "1;2", "1%20", "%201", "1'", "1%00", "__proto__", "constructor", "1,2", "[1]", "{}", "%5B%5D", "true", "self%20", "1%0a",
  ];
  test("that are none lead to nothing", async () => {
    const own = (id: number): string[] => [`0${id}`, `00${id}`, `${id}.0`, `${id}e0`, `+${id}`, `${id}%20`, `%20${id}`, `${id}%0a`, `${id}x`, `-${id}`, `${id + 2 ** 32}`];
    const member = idOf(town.userIds, "guest");
    const targets: readonly (readonly [methods: string, path: (id: string) => string, id: number])[] = [
      ["GET DELETE", (id) => `${project}/packages/${id}`, ids.packageId],
      ["GET", (id) => `${project}/packages/${id}/package_files`, ids.packageId],
      ["GET", (id) => `${project}/packages/${id}/pipelines`, ids.packageId],
      ["GET", (id) => `${project}/packages/${ids.packageId}/package_files/${id}/download`, ids.fileId],
      ["DELETE", (id) => `${project}/packages/${ids.packageId}/package_files/${id}`, ids.fileId],
      ["GET", (id) => `/vault-private/tools/-/package_files/${id}/download`, ids.fileId],
      ["GET DELETE", (id) => `${project}/deploy_tokens/${id}`, tokenId],
      ["GET DELETE POST", (id) => `${project}/access_tokens/${id}`, tokenId],
      ["GET DELETE", (id) => `/api/v4/personal_access_tokens/${id}`, 0],
      ["PATCH DELETE", (id) => `${project}/packages/protection/rules/${id}`, ruleId],
      ["GET PUT DELETE", (id) => `${project}/releases/v1/assets/links/${id}`, linkId],
      ["GET PUT DELETE", (id) => `${group}/members/${id}`, member],
      ["GET", (id) => `${group}/members/all/${id}`, member],
      ["GET PUT DELETE", (id) => `/api/v4/users/${id}`, member],
      ["POST", (id) => `/api/v4/users/${id}/block`, member],
      ["POST", (id) => `/api/v4/projects/user/${id}`, member],
      ["DELETE", (id) => `/api/stowage/v1/job-tokens/${id}`, 0],
    ];
    const wrong: unknown[] = [];
    for (const [methods, path, id] of targets)
      for (const method of methods.split(" "))
        for (const text of [...strange, ...(id === 0 ? [] : own(id))]) {
          const { status } = await harmless(method, path(text), root(), method === "GET" || method === "DELETE" ? undefined : {});
          if (status !== 400 && status !== 404) wrong.push([method, path(text), status]);
        }
    expect(wrong).toEqual([]);
  }, 30_000);

  test("of projects and groups are a number or a path, and nothing between", async () => {
    for (const kind of ["projects", "groups", "namespaces"])
      for (const text of strange) {
        const { status } = await harmless("GET", `/api/v4/${kind}/${text}`);
        expect([kind, text, status === 400 || status === 404]).toEqual([kind, text, true]);
      }
    for (const text of strange) expect([text, (await harmless("GET", `/api/stowage/v1/namespaces/${text}/settings`)).status]).toEqual([text, 404]);
  });

  test("of pages are refused, or bounded", async () => {
    for (const path of ["/api/v4/projects", `${project}/packages`, `${project}/variables`, `${project}/releases`, "/api/v4/users", `${group}/members`, `${project}/deploy_tokens`, "/api/v4/groups"])
      for (const text of [...strange, "1000000", "-5", "2147483648"])
        for (const query of [`page=${text}`, `per_page=${text}`, `page=${text}&per_page=${text}`, `pagination=keyset&cursor=${text}`, `id_after=${text}&pagination=keyset`, `order_by=${text}`, `sort=${text}`]) {
          const { status, text: shown } = await harmless("GET", `${path}?${query}`);
          expect([path, query, [200, 400, 405].includes(status), status]).toEqual([path, query, true, status]);
          if (status === 200) expect((JSON.parse(shown) as unknown[]).length).toBeLessThanOrEqual(100);
        }
  }, 30_000);
});

/** Null where the connection was closed without an answer. */
async function wire(text: string | Uint8Array): Promise<RawResponse | null> {
  inputs += 1;
  try {
    return await rawRequest(town.site.port, typeof text === "string" ? Buffer.from(text, "latin1") : text);
  } catch (error) {
    if (error instanceof NoAnswerError) return null;
    throw error;
  }
}

describe("heads", () => {
  const file = (): string => `${project}/packages/generic/p/1.0/f`;
  test("with credentials that are none are refused, on every family", async () => {
    const long = "x".repeat(4096);
    const { token } = town.site.server.admin;
    const lines = [
      `PRIVATE-TOKEN: ${long}`, `JOB-TOKEN: ${long}`, `DEPLOY-TOKEN: ${long}`, `Authorization: Bearer ${long}`, `Authorization: Basic ${btoa(`x:${long}`)}`, `PRIVATE-TOKEN: ${token}\r\nPRIVATE-TOKEN: ${token}`,
      `PRIVATE-TOKEN: x\r\nPRIVATE-TOKEN: ${token}`, `PRIVATE-TOKEN: ${token}, x`, `PRIVATE-TOKEN: ${token} x`, `PRIVATE-TOKEN: \xff\xfe`, `PRIVATE-TOKEN: ${token}\xa0`, `PRIVATE-TOKEN: "${token}"`, `PRIVATE-TOKEN: glpat-`,
      `PRIVATE-TOKEN: ${token.toUpperCase()}`, `JOB-TOKEN: glcbt-${"A".repeat(27)}`, `DEPLOY-TOKEN: gldt-${"A".repeat(27)}`, `PRIVATE-TOKEN: ' OR 1=1 --`, `PRIVATE-TOKEN: %00`, `Authorization: Bearer ${token}, Bearer ${token}`,
    ];
    const before = town.site.records();
    for (const path of [file(), `${project}/packages`, project, "/api/v4/user", "/api/graphql?query=%7BcurrentUser%7Bid%7D%7D", `/api/stowage/v1/namespaces/${town.places.private.project.id}/settings`])
      for (const line of lines)
        for (const method of ["GET", "DELETE"]) {
          if (method === "DELETE" && path !== file()) continue;
          const answer = await wire(`${method} ${path} HTTP/1.1\r\nHost: h\r\n${line}\r\n\r\n`);
          const isRefused = answer !== null && [400, 401, 404, 431].includes(answer.status);
          // A form that the route does not take counts for nothing.
          const isNobody = answer?.status === 200 && answer.text.includes('"currentUser":null');
          expect([path, line.slice(0, 60), isRefused || isNobody, answer?.status]).toEqual([path, line.slice(0, 60), true, answer?.status]);
        }
    expect(town.site.records()).toBe(before);
  });

  test("with checksums that are none are refused, and nothing is kept", async () => {
    const zeros = "0".repeat(64);
    const wrong: Record<string, readonly string[]> = {
      "x-checksum-sha256": [zeros, "x", "a".repeat(4096), `${zeros}0`, zeros.slice(1), "é".repeat(64), "0x00", `${zeros},${zeros}`],
      "x-checksum-sha1": ["x", "0".repeat(40), "0".repeat(39)],
      "x-checksum-md5": ["x", "0".repeat(32)],
      "content-md5": ["x", "AAAAAAAAAAAAAAAAAAAAAA==", "====", "A".repeat(4096)],
      "repr-digest": ["sha-256=:AAAA:", "sha-256=x", "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:", ";;;", "sha-256=:!:, sha-512=:!:", `sha-256=:${"A".repeat(4000)}:`],
    };
    for (const [name, texts] of Object.entries(wrong))
      for (const text of texts) {
        const { status } = await harmless("PUT", `${project}/packages/generic/sums/1.0/f`, { ...root(), [name]: encodeURI(text) }, "content");
        expect([name, text.slice(0, 20), status]).toEqual([name, text.slice(0, 20), 400]);
      }
    expect((await harmless("GET", `${project}/packages/generic/sums/1.0/f`)).status).toBe(404);
  });

  test("with ranges and conditions that are none: the whole file, a part of it, or a refusal", async () => {
    const ranges = ["bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-1", "bytes=0-0,-1", "bytes=99999-", "bytes=-0", "bytes=0-99999999999999999999", "items=0-1", "bytes=0-1".repeat(200), `bytes=${"0-0,".repeat(1000)}1-1`, "bytes = 0 - 1", "BYTES=0-1", "bytes=0-\xff", "bytes=0x0-0x1", "bytes=+0-1"];
    const conditions = ["x", "*", '"x"', 'W/"', '"""', `"${"x".repeat(4000)}"`, "Thu, 32 Foo 2026 99:99:99 GMT", "0", "-1", "9".repeat(400), "\xff", ",,,,", '"a"'.repeat(500)];
    const lines = [...ranges.map((text) => `Range: ${text}`), ...["If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"].flatMap((name) => conditions.map((text) => `${name}: ${text}\r\nRange: bytes=0-2`))];
    for (const path of [file(), `${project}/packages/${ids.packageId}/package_files/${ids.fileId}/download`])
      for (const line of lines)
        for (const method of ["GET", "HEAD"]) {
          const answer = await wire(`${method} ${path} HTTP/1.1\r\nHost: h\r\nPRIVATE-TOKEN: ${town.site.server.admin.token}\r\n${line}\r\n\r\n`);
          expect([line.slice(0, 60), [200, 206, 304, 400, 412, 416].includes(answer?.status ?? 0), answer?.status]).toEqual([line.slice(0, 60), true, answer?.status]);
          if (method === "GET" && answer?.status === 200) expect(answer.text).toBe(marker);
          if (method !== "GET" || answer?.status !== 206) continue;
          const type = answer.headers.get("content-type")?.[0] ?? "";
          const parts = type.startsWith("multipart/byteranges") ? [...answer.text.matchAll(/\r\n\r\n([\s\S]*?)\r\n--/g)].map((match) => match[1] ?? "?") : [answer.text];
          // What is asked for many times is not sent many times.
          expect([line.slice(0, 60), parts.every((one) => marker.includes(one)), answer.body.length < 4096]).toEqual([line.slice(0, 60), true, true]);
        }
  });

  test("with a moment that is none keep a file from nothing but its removal", async () => {
    for (const text of ["x", "0", "-1", "Thu, 32 Foo 2026 99:99:99 GMT", "1".repeat(400), "2000-01-01", "Sat, 01 Jan 2000 00:00:00 GMT"])
      for (const path of [`${project}/packages/generic/p/1.0/none`, `${project}/packages/999999`]) {
        const { status } = await harmless("DELETE", path, { ...root(), "if-unmodified-since": text });
        expect([text, status === 400 || status === 404 || status === 412]).toEqual([text, true]);
      }
  });
});

describe("forms that hold a file", () => {
  /** Publishes the bytes; what is then fetched stood in them, or nothing was kept. */
  async function tryForm(fresh: string, type: string, bytes: Uint8Array): Promise<string | null> {
    inputs += 1;
    const path = `${project}/packages/generic/${fresh}/1.0/f`;
    const before = town.site.records();
    const response = await fetch(town.site.url + path, { method: "PUT", headers: { ...root(), "content-type": type }, body: bytes.slice() });
    const text = await response.text();
    const about = `${fresh} ${type.slice(0, 80)}: ${response.status} ${text.slice(0, 200)}`;
    if (response.status >= 500) return about;
    if (response.status >= 400) return town.site.records() === before && (JSON.parse(text)["message"] ?? JSON.parse(text)["error"]) !== undefined ? null : `${about}: changed, or not in its words`;
    const list = await town.ask("GET", `${project}/packages?package_name=${fresh}`, root());
    const [first] = JSON.parse(list.text) as { id: number }[];
    const hidden = first === undefined;
    if (hidden) return null;
    const files = JSON.parse((await town.ask("GET", `${project}/packages/${first.id}/package_files`, root())).text) as { id: number }[];
    const got = await fetch(`${town.site.url}${project}/packages/${first.id}/package_files/${files[0]?.id}/download`, { headers: root() });
    const stored = Buffer.from(await got.arrayBuffer());
    return files.length === 1 && Buffer.from(bytes).includes(stored) ? null : `${about}: stored ${stored.length} bytes that were not sent`;
  }

  const part = (head: string, content: string): string => `--b\r\n${head}\r\n\r\n${content}\r\n`;
  const theFile = part('Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: application/octet-stream', "the content\r\n--bb\r\nof it");
  const field = (name: string, value: string): string => part(`Content-Disposition: form-data; name="${name}"`, value);

  test("and are odd are refused or kept as they came", async () => {
    const odd = [
      "", "--b--\r\n", "--b", "--b\r\n", theFile, `${theFile}--b--`, `x${theFile}--b--\r\n`, `${theFile}${theFile}--b--\r\n`, `${theFile}${field("other", "x")}--b--\r\n`, `${theFile}${field("status", "nonsense")}--b--\r\n`,
      `${theFile}${field("status", "hidden")}${field("status", "default")}--b--\r\n`, `${field("path", "../..")}${theFile}--b--\r\n`, `${field("path", "a\0b")}${theFile}--b--\r\n`, `${theFile}${field("path", "/etc")}--b--\r\n`, `${theFile}${field("select", "x".repeat(100_000))}--b--\r\n`,
      `${field("file", "no file")}--b--\r\n`, `${theFile.replace('"file"', '"file[]"')}--b--\r\n`, `${theFile.replace('"a"', '"../../etc/passwd"')}--b--\r\n`, `${theFile.replaceAll("\r\n", "\n")}--b--\n`, `${theFile}--b--\r\ntrailing`, `${field("status", "default").repeat(2000)}${theFile}--b--\r\n`,
      `${part(`X: ${"y".repeat(100_000)}`, "x")}--b--\r\n`, `${theFile.replace("form-data", "attachment")}--b--\r\n`, `${theFile}--b--\r\n${theFile}--b--\r\n`, `${theFile.replace("Content-Type", "Content-Transfer-Encoding: base64\r\nContent-Type")}--b--\r\n`, `${field("__proto__", "x")}${theFile}--b--\r\n`,
    ];
    const types = ["multipart/form-data; boundary=b", 'multipart/form-data; boundary="b"', "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b; boundary=c", `multipart/form-data; boundary=${"b".repeat(71)}`, "MULTIPART/FORM-DATA;BOUNDARY=b"];
    const wrong: unknown[] = [];
    for (const [one, text] of odd.entries())
      for (const [other, type] of types.entries()) {
        const found = await tryForm(`odd-${one}-${other}`, type, Buffer.from(text, "latin1"));
        if (found !== null) wrong.push(found);
      }
    expect(wrong).toEqual([]);
  }, 30_000);

  test("and were damaged on the way are refused or kept as they came", async () => {
    const seed = seedOf("damaged forms");
    const random = randomOf(seed);
    const whole = Buffer.from(`${field("status", "default")}${theFile}--b--\r\n`);
    const wrong: unknown[] = [];
    for (let round = 0; round < 400; round += 1) {
      const bytes = Buffer.from(random(4) === 0 ? whole.subarray(0, random(whole.length + 1)) : whole);
      for (let count = random(5); count > 0 && bytes.length > 0; count -= 1) bytes[random(bytes.length)] = random(3) === 0 ? chosen([10, 13, 45, 34, 58, 59], random) : random(256);
      const found = await tryForm(`round-${round}`, "multipart/form-data; boundary=b", bytes);
      if (found !== null) wrong.push([seed, found]);
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});
