/** A body as it travels, and the query beside it. */
export interface WireBody {
  readonly name: string;
  readonly type: string | null;
  readonly bytes: string | Uint8Array | null;
  readonly query: string;
}

export const forms = ["json", "urlencoded", "multipart", "query"] as const;
export type Form = (typeof forms)[number];

/** What stands for a lone surrogate: JSON can say it, the other forms send the bytes that it would have. */
export const loneSurrogate = "\ud800";

/** A value that may be wrong where it stands; lists and maps are written in the manner of the form. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** Writes fields in a form. */
export function writeBody(name: string, form: Form, fields: readonly (readonly [string, Value])[]): WireBody {
  switch (form) {
    case "json": {
      const members = fields.map(([field, value]) => `${JSON.stringify(field)}:${JSON.stringify(value)}`);
      return { name, type: "application/json", bytes: `{${members.join(",")}}`, query: "" };
    }
    case "urlencoded":
      return { name, type: "application/x-www-form-urlencoded", bytes: encoded(fields), query: "" };
    case "query":
      return { name, type: null, bytes: null, query: encoded(fields) };
    case "multipart": {
      const parts = flatten(fields).map(([field, text]) => `--b\r\nContent-Disposition: form-data; name="${field.replaceAll('"', "%22")}"\r\n\r\n${text}\r\n`);
      return { name, type: "multipart/form-data; boundary=b", bytes: `${parts.join("")}--b--\r\n`, query: "" };
    }
  }
}

function encoded(fields: readonly (readonly [string, Value])[]): string {
  const escape = (text: string): string => (text.includes(loneSurrogate) ? "%ED%A0%80" : encodeURIComponent(text));
  return flatten(fields).map(([field, text]) => `${escape(field)}=${escape(text)}`).join("&");
}

/** Names with brackets, as Rails nests them. */
function flatten(fields: readonly (readonly [string, Value])[]): (readonly [string, string])[] {
  return fields.flatMap(([field, value]): (readonly [string, string])[] => {
    if (Array.isArray(value)) return flatten((value as readonly Value[]).map((item) => [`${field}[]`, item] as const));
    if (typeof value === "object" && value !== null) return flatten(Object.entries(value).map(([name, item]) => [`${field}[${name}]`, item] as const));
    return [[field, value === null ? "" : String(value)]];
  });
}

const repeat = (text: string, count: number): string => text.repeat(count);
const many = (count: number, make: (index: number) => string, between: string): string => Array.from({ length: count }, (_, index) => make(index)).join(between);
const mebibytes = 1024 * 1024;
const json = (name: string, bytes: string | Uint8Array): WireBody => ({ name, type: "application/json", bytes, query: "" });
const form = (name: string, bytes: string): WireBody => ({ name, type: "application/x-www-form-urlencoded", bytes, query: "" });
const multipart = (name: string, bytes: string, boundary = "b"): WireBody => ({ name, type: `multipart/form-data; boundary=${boundary}`, bytes, query: "" });
const typed = (name: string, type: string, bytes: string | Uint8Array): WireBody => ({ name, type, bytes, query: "" });
const part = (head: string, content = "x"): string => `--b\r\n${head}\r\n\r\n${content}\r\n`;
const named = (name: string): string => `Content-Disposition: form-data; name="${name}"`;

/** Bodies that give no route anything to do, however it reads them. */
export const emptyHandedBodies: readonly WireBody[] = [
  ...["", "{", "}", "[", "null", "true", "1", '"x"', "[]", "[{}]", "{}{}", "{},", "{}x", "{/* */}", "{'a':1}", "{a:1}", '{"a":01}', '{"a":NaN}', '{"a":1e999}', "\ufeff{}x", '{"a":"\n"}'].map((text) => json(`JSON ${text.slice(0, 12)}`, text)),
  json("two mebibytes", `{"x":"${repeat("a", 2 * mebibytes)}"}`),
  json("nested ten thousand deep", `{"x":${repeat("[", 10_000)}${repeat("]", 10_000)}}`),
  json("opened half a million times", repeat("[", 500_000)),
  json("opened maps", repeat('{"a":', 100_000)),
  json("100,000 fields", `{${many(100_000, (index) => `"x${index}":1`, ",")}}`),
  json("a list of 100,000", `{"x":[${many(100_000, () => "1", ",")}]}`),
  json("__proto__", '{"__proto__":{"admin":true,"access_level":50,"name":"x","path":"x"},"constructor":{"prototype":{"admin":true,"name":"x"}}}'),
  json("__proto__ with a list", '{"__proto__":["name"],"prototype":null,"toString":1,"hasOwnProperty":1,"valueOf":null}'),
  json("no UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  json("UTF-16", new Uint8Array(Buffer.from('{"x":1}', "utf16le"))),
  json("a number of a million digits", `{"x":${repeat("9", 900_000)}}`),
  json("strange names", '{"":1," ":2,"\\u0000x":3,"[":4,"]":5,"a[b]":6,"$":7}'),
  form("two mebibytes of a form", `x=${repeat("a", 2 * mebibytes)}`),
  form("100,000 parameters", many(100_000, (index) => `x${index}=1`, "&")),
  form("100,000 of one name", many(100_000, () => "x[]=1", "&")),
  form("deep names", `x${repeat("[a]", 50_000)}=1`),
  form("many deep names", many(2000, (index) => `x${repeat("[a]", 20)}[${index}]=1`, "&")),
  form("__proto__ in names", "__proto__[admin]=true&__proto__[name]=x&constructor[prototype][name]=x&x[__proto__][name]=x&x[constructor]=1"),
  ...["x[=1", "x]=1", "x[]]=1", "[]=1", "[x]=1", "x[][][]=1", "x[y=1", "=1", "&&&&", "=", "%", "%zz=%zz", "x=%00", "%00=x", "x=%ff", "x[]=1&x[y]=2", "x=1&x[y]=2", "x[y]=1&x=2", "x[0]=1&x[]=2", "x=%ED%A0%80"].map((text) => form(`form ${text}`, text)),
  multipart("two mebibytes of parts", `${part(named("x"), repeat("a", 2 * mebibytes))}--b--\r\n`),
  multipart("100,000 parts", `${repeat(part(named("x[]")), 20_000)}--b--\r\n`),
  multipart("no end", part(named("x"))),
  multipart("nothing", ""),
  multipart("no part", "--b--\r\n"),
  multipart("another boundary", `${part(named("x")).replace("--b", "--c")}--c--\r\n`),
  multipart("bare line feeds", `${part(named("x"))}--b--\r\n`.replaceAll("\r\n", "\n")),
  multipart("no names", `${part("Content-Disposition: form-data")}${part("X: y")}${part("")}--b--\r\n`),
  multipart("a head of 100 KiB", `${part(`${named("x")}\r\nX: ${repeat("y", 100_000)}`)}--b--\r\n`),
  multipart("10,000 head lines", `${part(`${named("x")}\r\n${many(10_000, (index) => `X-${index}: y`, "\r\n")}`)}--b--\r\n`),
  multipart("files for values", `${part(`${named("zzz")}; filename="name"`)}--b--\r\n`),
  multipart("nested", `${part(`${named("x")}\r\nContent-Type: multipart/mixed; boundary=c`, "--c\r\n\r\nx\r\n--c--")}--b--\r\n`),
  multipart("NUL in a name", `${part(named("x\0y"))}--b--\r\n`),
  multipart("__proto__ for a name", `${part(named("__proto__[name]"))}${part(named("__proto__"))}--b--\r\n`),
  multipart("a boundary of 71", "x", repeat("b", 71)),
  multipart("an empty boundary", "x", ""),
  typed("no boundary", "multipart/form-data", "x"),
  typed("XML", "text/xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"),
  typed("plain text", "text/plain", "name=x"),
  typed("no type", "", "name=x"),
  typed("a strange type", "application/x-www-form-urlencoded-not", "name=x"),
  typed("a type of 4 KiB", `application/json; x=${repeat("y", 4000)}`, "{"),
  typed("YAML", "application/x-yaml", "!ruby/object:Gem::Installer\ni: x\n"),
  writeBody("a long query", "query", [["x", repeat("a", 12_000)]]),
  writeBody("900 in the query", "query", [["x", Array.from({ length: 900 }, () => 1)]]),
  { name: "query and body", type: "application/json", bytes: "[", query: "x[=1&__proto__[name]=x&%00=1" },
];

/** Numbers with the same sequence for the same seed (xorshift32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** One of a list that is not empty. */
export function chosen<Item>(items: readonly Item[], random: (below: number) => number): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error("there is nothing to choose from");
  return item;
}
