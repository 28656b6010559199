import { isIP } from "node:net";
import { announcedLength } from "../../../src/http/announced-length.ts";
import { parseAuthorization } from "../../../src/http/authorization-header.ts";
import { createClientAddress } from "../../../src/http/client-address.ts";
import { evaluateConditions } from "../../../src/http/conditional-request.ts";
import { attachmentDisposition, railsAttachment } from "../../../src/http/content-disposition.ts";
import { decodeCursor, encodeCursor } from "../../../src/http/cursor.ts";
import { isHost } from "../../../src/http/host-header.ts";
import { formatHttpDate, parseHttpDate } from "../../../src/http/http-date.ts";
import { parseIsoTime } from "../../../src/http/iso-time.ts";
import { ParameterError } from "../../../src/http/parameter-reader.ts";
import { uploadDigests } from "../../../src/http/upload-digests.ts";
import { must, mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";

/** A value that the runtime lets into its headers: no line break, nothing beyond Latin-1, no white space around it. */
function headerValue(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\x80-\xff\t]/g, "").trim();
}

function headersOf(values: Readonly<Record<string, string>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(values)) headers.set(name, headerValue(value));
  return headers;
}

const visible = "!#$%&'()*+-./0123456789:;<=>?@ABCXYZ[]^_`abcxyz{|}~";
const basic = (user: string, password: string): string => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
const authorizations = ["", basic("ann", "secret"), basic("\u00e4nn", "p:w"), "Bearer abc.def~+/=", "token 0123456789abcdef", "Digest username=x", `${basic("a", "b")}, Bearer x`];

/** What was sent comes out again; whatever else is taken holds no character that a secret or name must not have. */
function tryAuthorization(fuzz: Fuzz): void {
  if (fuzz.oneIn(3)) {
    const user = fuzz.text(12).toWellFormed().replaceAll(/[\p{Cc}:]/gu, "");
    const password = fuzz.text(12).toWellFormed().replaceAll(/\p{Cc}/gu, "");
    const header = fuzz.note(fuzz.oneIn(2) ? basic(user, password) : basic(user, password).replace(/=+$/, ""));
    return mustEqual(parseAuthorization(header), { scheme: "basic", user, password }, "Basic");
  }
  const token = fuzz.text(30, visible);
  if (fuzz.oneIn(4) && token !== "") {
    const scheme = fuzz.one(["Bearer", "bearer", "TOKEN", "token"]);
    return mustEqual(parseAuthorization(fuzz.note(`${scheme}  ${token}`)), { scheme: scheme.toLowerCase(), token }, "a token");
  }
  const found = parseAuthorization(fuzz.note(fuzz.oneIn(4) ? fuzz.text(60) : fuzz.changed(authorizations)));
  if (found.scheme === "basic") must(!/\p{Cc}/u.test(found.user + found.password) && !found.user.includes(":"), "clean credentials");
  if (found.scheme === "bearer" || found.scheme === "token") must(/^[!-~]+$/.test(found.token) && !found.token.includes(","), "a clean token");
  if (found.scheme === "unknown") must(/^[^\s,]+$/.test(found.name) && !["basic", "bearer", "token"].includes(found.name), "a scheme of its own");
}

const etag = '"0123456789abcdef"';
const conditionLists = ["*", etag, `W/${etag}`, `"other", ${etag}`, `"a,b" , W/"c" ,${etag}`, '"', 'W/', "", `${etag}${etag}`];
const dates = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Tue, 29 Feb 2028 23:59:60 GMT", "Sat, 01 Jan 0000 00:00:00 GMT"];

/** Reads a list of entity tags letter by letter, up to what is none. */
function namesTag(list: string, isStrong: boolean): boolean {
  if (list.trim() === "*") return true;
  let at = 0;
  for (;;) {
    while (at < list.length && " \t,".includes(list[at] ?? "")) at += 1;
    const isWeak = list.startsWith("W/", at);
    const start = isWeak ? at + 2 : at;
    if (list[start] !== '"') return false;
    let end = start + 1;
    for (; end < list.length && list[end] !== '"'; end += 1) {
      const code = list.charCodeAt(end);
      if (code < 0x21 || code === 0x7f) return false;
    }
    if (end >= list.length) return false;
    if (list.slice(start, end + 1) === etag && !(isWeak && isStrong)) return true;
    at = end + 1;
  }
}

function tryConditions(fuzz: Fuzz): void {
  const modifiedMs = 784_111_777_000;
  const given: Record<string, string> = {};
  for (const name of ["if-match", "if-none-match"]) if (fuzz.oneIn(2)) given[name] = fuzz.changed(conditionLists);
  for (const name of ["if-modified-since", "if-unmodified-since"]) if (fuzz.oneIn(4)) given[name] = fuzz.changed(dates);
  if (fuzz.oneIn(3)) given["if-range"] = fuzz.changed([...conditionLists, ...dates]);
  if (fuzz.oneIn(2)) given["range"] = "bytes=0-1";
  const method = fuzz.one(["GET", "HEAD", "PUT", "DELETE"]);
  const headers = headersOf(given);
  fuzz.note({ method, given });
  const found = evaluateConditions({ method, headers }, { etag, lastModifiedMs: modifiedMs + fuzz.whole(0, 1000) });
  const isRead = method === "GET" || method === "HEAD";
  const timeOf = (name: string): number | null => parseHttpDate(headers.get(name) ?? "");
  const [ifMatch, ifNoneMatch] = [headers.get("if-match") ?? "", headers.get("if-none-match") ?? ""];
  const unmodified = timeOf("if-unmodified-since");
  const isFailed = ifMatch === "" ? unmodified !== null && modifiedMs > unmodified : !namesTag(ifMatch, true);
  const since = timeOf("if-modified-since");
  const isKnown = ifNoneMatch === "" ? isRead && since !== null && modifiedMs <= since : namesTag(ifNoneMatch, false);
  const expected = isFailed ? "precondition_failed" : isKnown ? (isRead ? "not_modified" : "precondition_failed") : "proceed";
  mustEqual(found.outcome, expected, "the outcome");
  if (found.outcome !== "proceed") return;
  const ifRange = headers.get("if-range") ?? "";
  const isRangeFresh = ifRange === "" || ifRange === etag || parseHttpDate(ifRange) === modifiedMs;
  mustEqual(found.useRange, isRead && headers.has("range") && isRangeFresh, "the range");
}

function tryHost(fuzz: Fuzz): void {
  const host = fuzz.note(fuzz.oneIn(5) ? fuzz.text(40) : fuzz.changed(["example.com", "example.com:8080", "[::1]:80", "127.0.0.1", "a_b-c.d:65535", "xn--e1afmkfd"]));
  if (!isHost(host)) return;
  const url = new URL(`http://${host}/path`);
  must(!/[\s,/\\?#@%<>"]/.test(host), "no sign of anything but an authority");
  mustEqual([url.pathname, url.username, url.password, url.search, url.hash], ["/path", "", "", "", ""], "an authority alone");
}

/** Of 127.0.0.1 only the nearest untrusted address is believed, and only where the peer is trusted. */
const locate = createClientAddress(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);

function tryClientAddress(fuzz: Fuzz): void {
  const peer = fuzz.one(["127.0.0.1", "192.0.2.9", "fd00::1", "::ffff:10.1.2.3"]);
  const headers = headersOf({
    "x-forwarded-for": fuzz.changed(["192.0.2.1", "192.0.2.1, 10.0.0.1", "[2001:db8::1]:4711", "unknown", "192.0.2.1:80,,10.0.0.2"]),
    "x-forwarded-proto": fuzz.changed(["https", "http, https"]),
    "x-forwarded-host": fuzz.changed(["files.example.com", "a, b:8080", "[::1]:1"]),
  });
  fuzz.note([peer, [...headers]]);
  const client = locate(peer, headers);
  must(isIP(client.address) !== 0, "an address");
  if (peer === "192.0.2.9") mustEqual(client, { address: peer, protocol: null, host: null }, "an untrusted peer");
  must(client.host === null || /^[A-Za-z0-9._[\]:-]+$/.test(client.host), "a clean host");
  must(client.protocol === null || client.protocol === "http" || client.protocol === "https", "a known protocol");
}

function tryLength(fuzz: Fuzz): void {
  const text = headerValue(fuzz.note(fuzz.oneIn(2) ? String(fuzz.whole(0, 2 ** 40)) : fuzz.changed(["0", "1048576", "9007199254740993", "5, 5", "+1", "0x10"])));
  const found = announcedLength(headersOf({ "content-length": text }));
  const isPlain = text !== "" && text.length <= 15 && [...text].every((digit) => digit >= "0" && digit <= "9");
  mustEqual(found, isPlain ? Number.parseInt(text, 10) : "malformed", "the length");
}

const digestNames = ["X-Checksum-Sha256", "X-Checksum-Sha1", "X-Checksum-Md5", "Content-MD5", "Repr-Digest"] as const;
const lengths = { sha256: 64, sha1: 40, md5: 32, sha512: 128 } as const;

function tryDigests(fuzz: Fuzz): void {
  if (fuzz.oneIn(2)) {
    const bytes = Buffer.alloc(32, fuzz.whole(0, 256));
    const headers = headersOf({ "x-checksum-sha256": bytes.toString("hex").toUpperCase(), "repr-digest": `sha-256=:${bytes.toString("base64")}:` });
    return mustEqual(uploadDigests(headers).map(({ hex }) => hex), [bytes.toString("hex"), bytes.toString("hex")], "the digests sent");
  }
  const valid = ["a".repeat(64), "B".repeat(40), "0".repeat(32), "1B2M2Y8AsgTpgAmY7PhCfg==", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, md5=:1B2M2Y8AsgTpgAmY7PhCfg==:", "sha-512=:", "constructor=:AA==:"];
  const name = fuzz.one(digestNames);
  const value = fuzz.changed(valid);
  fuzz.note([name, value]);
  try {
    for (const { algorithm, hex } of uploadDigests(headersOf({ [name]: value }))) must(hex.length === lengths[algorithm] && /^[0-9a-f]+$/.test(hex), "a whole digest");
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
  }
}

function tryTimes(fuzz: Fuzz): void {
  const ms = fuzz.whole(0, 253_402_300_799) * 1000;
  mustEqual(parseHttpDate(fuzz.note(formatHttpDate(ms))), ms, "an HTTP date");
  mustEqual(parseIsoTime(fuzz.note(new Date(ms + 7).toISOString())), ms + 7, "an ISO time");
  const http = parseHttpDate(fuzz.note(fuzz.changed(dates)), ms);
  if (http !== null) mustEqual(parseHttpDate(formatHttpDate(http)), http, "an HTTP date that was taken");
  const iso = parseIsoTime(fuzz.note(fuzz.changed(["2024-02-29T12:34:56.789Z", "2024-02-29 12:34:56 +0130", "0000-01-01", "9999-12-31T23:59:59,999999999-23:59", "2024-02-30"])));
  if (iso !== null) mustEqual(parseIsoTime(new Date(iso).toISOString()), iso, "an ISO time that was taken");
}

/** What a client makes of it that reads RFC 6266: the extended form, else the plain one. */
function fileNameIn(disposition: string): string | null {
  const extended = /filename\*=UTF-8''([^;]*)$/.exec(disposition)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  const quoted = /filename="((?:[^"\\]|\\.)*)"/.exec(disposition)?.[1];
  return quoted === undefined ? (/filename=([^;\s]+)$/.exec(disposition)?.[1] ?? null) : quoted.replaceAll(/\\(.)/g, "$1");
}

function tryDisposition(fuzz: Fuzz): void {
  const name = fuzz.note(fuzz.oneIn(2) ? fuzz.text(30) : fuzz.changed(["tool-1.0.tar.gz", "dir/a b.txt", 'say "hi".txt', "\u00fcber.txt", "..", "C:\\x"]));
  const last = (name.split("/").at(-1) ?? "").toWellFormed();
  const gitea = attachmentDisposition(name);
  const gitlab = railsAttachment(name);
  for (const value of [gitea, gitlab]) must(/^attachment[\x20-\x7e]*$/.test(value), "one line of ASCII");
  mustEqual(fileNameIn(gitlab), last, "the name in Rails' form");
  const isName = !["", ".", ".."].includes(last);
  mustEqual(fileNameIn(gitea), isName ? last.replaceAll(/\p{Cc}/gu, "_") : null, "the name in Go's form");
}

function tryCursor(fuzz: Fuzz): void {
  const value = fuzz.oneIn(2) ? [fuzz.whole(0, 2 ** 50), fuzz.text(20).toWellFormed()] : { id: fuzz.whole(0, 100), name: fuzz.text(20).toWellFormed(), none: null };
  const text = encodeCursor(fuzz.note(value));
  must(/^[A-Za-z0-9_-]+$/.test(text), "fit for a query as it stands");
  mustEqual(decodeCursor(text), value, "the cursor");
  const other = decodeCursor(fuzz.note(fuzz.changed([text, "e30", "bnVsbA==", "AAAA", "_-_-"])));
  must(JSON.stringify(other) !== undefined, "a JSON value or null");
}

export const headerParts: readonly FuzzPart[] = [
  { name: "Authorization", count: 120_000, tryOne: tryAuthorization },
  { name: "conditions", count: 60_000, tryOne: tryConditions },
  { name: "Host", count: 60_000, tryOne: tryHost },
  { name: "forwarded addresses", count: 30_000, tryOne: tryClientAddress },
  { name: "Content-Length", count: 60_000, tryOne: tryLength },
  { name: "digests of uploads", count: 60_000, tryOne: tryDigests },
  { name: "dates and times", count: 40_000, tryOne: tryTimes },
  { name: "Content-Disposition", count: 60_000, tryOne: tryDisposition },
  { name: "cursors", count: 60_000, tryOne: tryCursor },
];
