import { openFormUpload } from "../../../src/http/form-upload.ts";
import { parseJsonBytes } from "../../../src/http/json-body.ts";
import { MultipartError, openFirstFilePart } from "../../../src/http/multipart-file-part.ts";
import { offsetPageHeaders, pageOf } from "../../../src/http/numbered-pages.ts";
import { pageLinks } from "../../../src/http/page-links.ts";
import { createParameterReader, ParameterError } from "../../../src/http/parameter-reader.ts";
import { parameterValueOf } from "../../../src/http/parameter-value.ts";
import { readParameters } from "../../../src/http/request-parameters.ts";
import { must, mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";

const maxDepth = 6;

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Object.values(value).reduce((deepest: number, part) => Math.max(deepest, depthOf(part)), 0);
}

function jsonValue(fuzz: Fuzz, depth: number): unknown {
  switch (fuzz.whole(0, depth > 0 ? 7 : 4)) {
    case 0:
      return fuzz.text(8);
    case 1:
      return fuzz.one([0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER]);
    case 2:
      return fuzz.one([true, false, null]);
    case 3:
      return "";
    case 4:
      return fuzz.list(3, () => jsonValue(fuzz, depth - 1));
    default:
      return Object.fromEntries(fuzz.list(3, () => [fuzz.oneIn(8) ? "__proto__" : fuzz.text(6), jsonValue(fuzz, depth - 1)]));
  }
}

const jsons = ['{"name":"a","scopes":["all"]}', '{"a":{"b":[1,2,{"c":null}]}}', '"\\ud83d\\ude00"', "[[[[[[[1]]]]]]]", '{"a":1,"a":2}', "  {}  ", '{"__proto__":{"x":1}}', "1e999"];

/** As the runtime's own parser reads it, within the depth. */
function tryJson(fuzz: Fuzz): void {
  const text = fuzz.note(fuzz.oneIn(2) ? JSON.stringify(jsonValue(fuzz, 8)) : fuzz.changed(jsons));
  const bytes = fuzz.oneIn(20) ? fuzz.bytes(30) : Buffer.from(text);
  const found = parseJsonBytes(bytes, maxDepth);
  let expected: { value: unknown } | null;
  try {
    expected = { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    expected = null;
  }
  mustEqual(found.ok, expected !== null && depthOf(expected.value) <= maxDepth, "taken");
  if (!found.ok || expected === null) return;
  mustEqual(found.value, expected.value, "the value");
  const plain = parameterValueOf(found.value);
  must(typeof plain !== "object" || plain === null || Array.isArray(plain) || Object.getPrototypeOf(plain) === null, "a map without a prototype");
}

/** Parameters whose names nest, written as a form: what `nestParameters` has to make of it again. */
type Nested = string | readonly Nested[] | { readonly [name: string]: Nested };

const nameAlphabet = "abcxyz_09.-";

function nestedValue(fuzz: Fuzz, depth: number): Nested {
  const leaf = (): string => fuzz.text(8).toWellFormed().replaceAll(/[\0\ufffd]/g, "");
  const kind = fuzz.whole(0, depth > 0 ? 4 : 1);
  if (kind === 2) return [leaf(), ...fuzz.list(2, leaf)];
  if (kind !== 3) return leaf();
  const names = [...new Set([`n${fuzz.text(4, nameAlphabet)}`, ...fuzz.list(2, () => `m${fuzz.text(4, nameAlphabet)}`)])];
  return Object.fromEntries(names.map((name) => [name, nestedValue(fuzz, depth - 1)]));
}

function pairsOf(name: string, value: Nested): (readonly [string, string])[] {
  if (typeof value === "string") return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item: Nested) => pairsOf(`${name}[]`, item));
  return Object.entries(value).flatMap(([inner, part]) => pairsOf(`${name}[${inner}]`, part));
}

const noQuery = new URLSearchParams();

async function* inChunks(fuzz: Fuzz, bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; ) {
    const step = fuzz.whole(1, fuzz.oneIn(2) ? 4 : 4000);
    yield bytes.subarray(at, at + step);
    at += step;
  }
}

function read(fuzz: Fuzz, contentType: string, body: Buffer, query = noQuery) {
  const request = new Request("http://localhost/", { method: "POST", headers: { "content-type": contentType } });
  return readParameters({ query, request, body: inChunks(fuzz, body) }, { maxBytes: 20_000, maxParameters: 100 });
}

async function tryParameters(fuzz: Fuzz): Promise<void> {
  if (fuzz.oneIn(2)) {
    const value = Object.fromEntries([...new Set(fuzz.list(3, () => `p${fuzz.text(3, nameAlphabet)}`))].map((name) => [name, nestedValue(fuzz, 3)]));
    const form = new URLSearchParams();
    for (const [name, text] of Object.entries(value).flatMap(([outer, part]) => pairsOf(outer, part))) form.append(name, text);
    fuzz.note(form.toString());
    const found = await read(fuzz, "application/x-www-form-urlencoded", Buffer.from(form.toString()));
    must(found.ok, "a form that was written by the rules is taken");
    return mustEqual(sorted(found.parameters), sorted(value), "the parameters");
  }
  const [type, text] = fuzz.one([
    ["application/x-www-form-urlencoded", fuzz.changed(["a[b][]=1&a[b][]=2", "a[][x]=1&a[][y]=2", "a=1&a[b]=2", "%ff=1", "__proto__[x]=1&constructor[prototype][x]=2", "a[b][c][d][e][f][g]=1"])],
    ["application/json", fuzz.changed(jsons)],
    ["multipart/form-data; boundary=B", fuzz.changed(['--B\r\nContent-Disposition: form-data; name="a[b]"\r\n\r\nvalue\r\n--B--\r\n', '--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nbytes\r\n--B--'])],
    [fuzz.changed(["text/plain", "application/json; charset=utf-8"]).replaceAll(/[^\x20-\x7e]/g, ""), fuzz.text(20)],
  ] as const);
  fuzz.note([type, text]);
  const found = await read(fuzz, type, Buffer.from(text), new URLSearchParams(fuzz.changed(["page=1", "a[b]=c", "x=%00"])));
  must(!("x" in {}), "nothing has come into every object");
  if (!found.ok) return;
  must(Object.getPrototypeOf(found.parameters) === null, "parameters without a prototype");
  must(!JSON.stringify(found.parameters).includes("\\u0000"), "no NUL");
  const reader = createParameterReader(found.parameters);
  for (const name of ["a", "page", "x", "__proto__", "constructor"]) {
    const values = [reader.optionalText(name), reader.optionalInteger(name), reader.optionalBoolean(name), reader.optionalList(name)];
    must(Object.hasOwn(found.parameters, name) || values.every((value) => value === undefined), "nothing that was not sent");
    must(typeof values[1] !== "number" || Number.isSafeInteger(values[1]), "a whole number");
    reader.optionalMap(name);
    reader.optionalMaps(name);
  }
  try {
    reader.finish();
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
  }
}

/** With the names of each map in one order: numbers would come first in one made of text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, part]) => [name, sorted(part)]);
}

const boundary = "B0undary";
const formType = `multipart/form-data; boundary=${boundary}`;
const trickyBytes = ["\r\n", "\r", "--", `--${boundary}`, `\r\n--${boundary}`.slice(0, -1), `\r\n--${boundary}x`, "\r\n\r\n", "a", "\xff\0"];

function formPart(fuzz: Fuzz, disposition: string, content: string): string {
  const more = fuzz.oneIn(3) ? "Content-Type: application/octet-stream\r\n" : "";
  const padding = fuzz.oneIn(5) ? " \t" : "";
  return `--${boundary}${padding}\r\n${more}Content-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
}

/** A form with one file among fields; the file never holds the delimiter. */
function makeForm(fuzz: Fuzz) {
  let file = fuzz.list(6, () => fuzz.one(trickyBytes)).join("");
  // The line break that ends the headers is one that a delimiter may begin with.
  while (`\r\n${file}`.includes(`\r\n--${boundary}`)) file = file.replace(`--${boundary}`, "-");
  const fields = fuzz.list(2, () => [fuzz.one(["path", "status"]), fuzz.text(10, "abc/._-")] as const);
  const before = fuzz.whole(0, fields.length + 1);
  const parts = fields.map(([name, value]) => formPart(fuzz, `name="${name}"`, value));
  parts.splice(before, 0, formPart(fuzz, 'name="file"; filename="f.bin"', file));
  const text = `${fuzz.oneIn(4) ? "preamble\r\n" : ""}${parts.join("")}--${boundary}--${fuzz.oneIn(2) ? "\r\n" : ""}`;
  return { text, file, fields: Object.fromEntries(fields) };
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: async (controller) => {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
  });
}

async function concatenated(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString("latin1");
}

async function tryForms(fuzz: Fuzz): Promise<void> {
  const form = makeForm(fuzz);
  const isValid = fuzz.oneIn(2);
  const text = fuzz.note(isValid ? form.text : fuzz.changed([form.text, form.text, `--${boundary}`]));
  const bytes = Buffer.from(text, "latin1");
  let file: string | null = null;
  try {
    file = await concatenated(openFirstFilePart(streamOf(inChunks(fuzz, bytes)), formType));
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
  }
  if (isValid) mustEqual(file, form.file, "the first file");
  // Whatever the framing is: it is unwrapped, or the body can be had again byte for byte.
  const upload = openFormUpload(inChunks(fuzz, bytes), formType, ["path", "status"]);
  const content = await concatenated(upload.content);
  const outcome = upload.outcome();
  if (outcome.kind === "misfit") {
    const whole = Buffer.from(outcome.before).toString("latin1") + content + (await concatenated(outcome.rest));
    mustEqual(whole, bytes.toString("latin1"), "the body of a misfit");
  }
  await upload.release();
  if (isValid) mustEqual([outcome.kind, content, outcome.kind === "unwrapped" && outcome.fields], ["unwrapped", form.file, form.fields], "the form");
}

function tryPages(fuzz: Fuzz): void {
  const search = fuzz.changed(["page=2&per_page=50", "page=1", "per_page=1000&page=8796093022208", "page=-1", "page=1&page=2", "private_token=secret&search=a%0d%0ab", "page=%00"]);
  const url = new URL(`http://localhost/api/v4/packages?${fuzz.note(search).toWellFormed()}`);
  const links = pageLinks({ url, page: fuzz.whole(-1, 20), limit: fuzz.whole(1, 100), total: fuzz.whole(0, 1000) });
  must(links.link === null || /^(?:<[!-;=?-~]*>; rel="[a-z]+",?)+$/.test(links.link), "links of Gitea's form");
  let page: ReturnType<typeof pageOf>;
  try {
    page = pageOf(url.searchParams);
  } catch (error) {
    if (error instanceof ParameterError) return;
    throw error;
  }
  must(page.page >= 1 && page.perPage >= 1 && page.perPage <= 100 && Number.isSafeInteger(page.offset), "a page within bounds");
  const { link = "" } = offsetPageHeaders({ url, ...page, total: fuzz.oneIn(2) ? null : fuzz.whole(0, 500), hasNext: fuzz.oneIn(2) });
  must(/^(?:(?:, )?<[!-;=?-~]*>; rel="[a-z]+")+$/.test(link), "links of GitLab's form");
  must(!/[?&](?:private_token|job_token|access_token|token|oauth_token)=/.test(link), "no credential in a link");
}

export const bodyParts: readonly FuzzPart[] = [
  { name: "JSON", count: 80_000, tryOne: tryJson },
  { name: "parameters", count: 20_000, tryOne: tryParameters },
  { name: "forms with a file", count: 15_000, tryOne: tryForms },
  { name: "pages and links", count: 12_000, tryOne: tryPages },
];
