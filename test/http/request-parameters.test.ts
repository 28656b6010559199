import { describe, expect, it } from "bun:test";
import { countedBody } from "../../src/http/request-body.ts";
import { readParameters, type ParameterBounds } from "../../src/http/request-parameters.ts";

const urlEncoded = "application/x-www-form-urlencoded";

async function read(query: string, body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null = null, type?: string, bounds?: Partial<ParameterBounds>) {
  const headers = type === undefined ? {} : { headers: { "content-type": type } };
  const request = new Request("http://a/", { method: "POST", body, ...headers });
  if (body !== null && type === "") request.headers.delete("content-type");
  return readParameters({ request, query: new URLSearchParams(query), body: countedBody(request, () => undefined) }, bounds);
}

/** As plain values, or the reason. */
async function values(...given: Parameters<typeof read>): Promise<unknown> {
  const result = await read(...given);
  return result.ok ? JSON.parse(JSON.stringify(result.parameters)) : result.reason;
}

/** The body and the type that a client sends for a form. */
async function formOf(...parts: readonly (readonly [string, string | Blob])[]): Promise<[Uint8Array<ArrayBuffer>, string]> {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  const encoded = new Response(form);
  const type = encoded.headers.get("content-type") ?? "";
  return [new Uint8Array(await encoded.arrayBuffer()), type];
}

describe("readParameters", () => {
  it("reads the query, whatever is said about an empty body", async () => {
    expect(await values("a=1&b=%C3%A4+x&a=2")).toEqual({ a: "2", b: "ä x" });
    for (const type of ["application/json", urlEncoded, "multipart/form-data; boundary=B", "text/plain"])
      expect(await values("a=1", "", type)).toEqual({ a: "1" });
  });
  it("keeps the types of JSON", async () => {
    const json = '{"t":"x","n":1.5,"b":false,"z":null,"l":[1,["a"],{}],"m":{"k":{"d":true}}}';
    expect(await values("", json, "Application/JSON; charset=utf-8")).toEqual(JSON.parse(json));
    expect(await values("a=1", "{}", "application/json")).toEqual({ a: "1" });
  });
  it("lets the body win over the query, name by name", async () => {
    expect(await values("a=1&b=1&c[x]=1", '{"b":2,"c":{"y":2}}', "application/json")).toEqual({ a: "1", b: 2, c: { y: 2 } });
    expect(await values("a=1&b=1", "b=2", urlEncoded)).toEqual({ a: "1", b: "2" });
  });
  it("reads forms", async () => {
    expect(await values("", "a=x+y&filter%5Benvironment_scope%5D=*", urlEncoded)).toEqual({ a: "x y", filter: { environment_scope: "*" } });
    expect(await values("q=1", ...(await formOf(["a", "x\r\ny"], ["l[]", "ä"], ["l[]", "2"])))).toEqual({ q: "1", a: "x\r\ny", l: ["ä", "2"] });
    expect(await values("", ...(await formOf(["f", new File(["x"], "a.bin")])))).toEqual({ f: { filename: "a.bin" } });
  });
  it("treats names like __proto__ as names", async () => {
    for (const [query, body, type] of [
      ["__proto__[a]=1&constructor=2", null, undefined],
      ["", "__proto__[a]=1&constructor=2", urlEncoded],
      ["", '{"__proto__":{"a":"1"},"constructor":"2"}', "application/json"],
    ] as const) {
      const result = await read(query, body, type);
      if (!result.ok) throw new Error(result.reason);
      expect(Object.keys(result.parameters).toSorted()).toEqual(["__proto__", "constructor"]);
      expect(Object.getPrototypeOf(result.parameters)).toBeNull();
      expect(result.parameters["a"]).toBeUndefined();
    }
    expect(Reflect.get({}, "a")).toBeUndefined();
  });

  const nested: readonly (readonly [string, unknown])[] = [
    ["a[b][c]=1&a[b][d]=2&a[e]=3", { a: { b: { c: "1", d: "2" }, e: "3" } }],
    ["a[]=1&a[]=2", { a: ["1", "2"] }],
    ["assets[links][][name]=x&assets[links][][url]=u&assets[links][][name]=y", { assets: { links: [{ name: "x", url: "u" }, { name: "y" }] } }],
    ["a[][b][c]=1&a[][b][d]=2&a[][b][c]=3", { a: [{ b: { c: "1", d: "2" } }, { b: { c: "3" } }] }],
    ["a[][b][]=1&a[][b][]=2&a[][c]=3&a[][c]=4", { a: [{ b: ["1", "2"], c: "3" }, { c: "4" }] }],
    ["a[b][c][d][e][f]=1", { a: { b: { c: { d: { e: { f: "1" } } } } } }],
    ["[a]=1&a[=2&b]=3&=4&a[b]c=5", { "[a]": "1", "a[": "2", "b]": "3", "": "4", "a[b]c": "5" }],
  ];
  for (const [query, expected] of nested) it(`nests ${query}`, async () => expect(await values(query)).toEqual(expected));

  const refused: readonly (readonly [string, ...Parameters<typeof read>])[] = [
    ["malformed", "a=1&a[b]=2"],
    ["malformed", "a[b]=1&a=2"],
    ["malformed", "a[b]=1&a[]=2"],
    ["malformed", "a[][]=1"],
    ["malformed", "a=%00"],
    ["malformed", "", '{"a":["\\u0000"]}', "application/json"],
    ["malformed", "", "[]", "application/json"],
    ["malformed", "", '{"a":', "application/json"],
    ["malformed", "", "--B\r\n", "multipart/form-data; boundary=B"],
    ["malformed", "", "--B--\r\n", "multipart/form-data"],
    ["not_utf8", "a=%ff"],
    ["not_utf8", "%ff=a"],
    ["not_utf8", "", "a=%ff", urlEncoded],
    ["not_utf8", "", Buffer.from([0x61, 0x3d, 0xff]), urlEncoded],
    ["not_utf8", "", Buffer.from([0x22, 0xff, 0x22]), "application/json"],
    ["not_utf8", "", String.raw`{"a":["x\ud800"]}`, "application/json"],
    ["not_utf8", "", String.raw`{"\udc00":1}`, "application/json"],
    ["not_utf8", "", Buffer.from('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--B--\r\n', "latin1"), "multipart/form-data; boundary=B"],
    ["too_deep", "a[b][c][d][e][f][g]=1"],
    ["too_deep", `a${"[]".repeat(100_000)}=1`],
    ["too_deep", "", `{"a":${"[".repeat(16)}${"]".repeat(16)}}`, "application/json"],
    ["too_many", "a=1&".repeat(1001)],
    ["too_many", "", JSON.stringify({ a: Array<number>(1001).fill(1) }), "application/json"],
    ["too_many", "a=1", JSON.stringify({ b: Array<number>(1000).fill(1) }), "application/json"],
    ["too_large", "", `{"a":"${"x".repeat(1024 * 1024)}"}`, "application/json"],
    ["too_large", "", "a=123", urlEncoded, { maxBytes: 4 }],
    ["unsupported_type", "", "a", "text/plain"],
    ["unsupported_type", "", "a", ""],
  ];
  for (const [reason, ...given] of refused)
    it(`finds ${JSON.stringify(given).slice(0, 60)} ${reason}`, async () => expect(await values(...given)).toBe(reason));

  it("takes as much as the bounds allow", async () => {
    expect(await values("", "a=12", urlEncoded, { maxBytes: 4 })).toEqual({ a: "12" });
    expect((await read("", JSON.stringify({ b: Array<number>(1000).fill(1) }), "application/json")).ok).toBe(true);
    expect((await read("", `{"a":${"[".repeat(15)}${"]".repeat(15)}}`, "application/json")).ok).toBe(true);
  });
  it("passes on what breaks the body", async () => {
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("gone")) });
    expect(await values("", body, "application/json").catch(String)).toBe("Error: gone");
  });
});
