import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import type { RawResponse } from "../../support/raw-http.ts";
import { openTarget, requestOf, type Target } from "./open-target.ts";

let target: Target;
beforeAll(async () => {
  target = await openTarget("scripts in what is stored, and the headers of what is served");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => await target.expectSound());

const signedIn = (): string[] => [`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`];
const script = "<script>alert(document.domain)</script>";

/** Files that a browser would run, if it were let. */
const active: readonly (readonly [name: string, content: string])[] = [
  ["a.html", `<!doctype html><html>${script}</html>`],
  ["a.htm", `<body onload=alert(1)>`],
  ["a.xhtml", `<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>`],
  ["a.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`],
  ["a.xml", `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="data:text/xml,x"?><x/>`],
  ["a.mht", `Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n${script}\r\n--b--`],
  ["a.pdf", "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"],
  ["a.gif", `GIF89a/*${script}*/=1;alert(1)`],
  ["a.jpg", `\xff\xd8\xff\xe0${script}`],
  ["a.js", "alert(1)"],
  ["a.css", "body{background:url(javascript:alert(1))}"],
  ["a.json", `{"x":"${script}"}`],
  ["a.txt", `${script}`],
  ["a.swf", "FWS\x09"],
  ["a.wasm", "\0asm\x01\0\0\0"],
  ["index", `<html>${script}`],
  ["a.md", `[x](javascript:alert(1)) ${script}`],
];

/** What an answer may be of: the file, several parts of it, or nothing, as where the client has it already. */
const contentTypes = { whole: /^application\/octet-stream$/, parts: /^multipart\/byteranges; boundary=[0-9a-f]{32}$/, nothing: /^$/ } as const;

/** Nothing that serves content lets a browser take it for a page, run it, frame it or hand it to another origin. */
function expectInert(path: string, answer: RawResponse | null, shown: keyof typeof contentTypes = "whole"): void {
  const line = (name: string): string => (answer?.headers.get(name) ?? []).join(", ");
  expect([path, line("content-type")]).toEqual([path, expect.stringMatching(contentTypes[shown])]);
  expect([path, line("x-content-type-options")]).toEqual([path, "nosniff"]);
  expect([path, line("content-disposition")]).toEqual([path, expect.stringMatching(/^attachment/)]);
  expect([path, line("x-frame-options")]).toEqual([path, "SAMEORIGIN"]);
  expect([path, line("content-security-policy")]).toEqual([path, expect.stringContaining("sandbox")]);
  expect([path, line("cross-origin-resource-policy")]).toEqual([path, "same-origin"]);
  expect([path, line("access-control-allow-origin"), line("set-cookie")]).toEqual([path, "", ""]);
}

describe("scripts in published files", () => {
  it("are served as bytes to be saved, whatever the name, the request or the announced type", async () => {
    const wrong: unknown[] = [];
    for (const [name, content] of active)
      for (const type of ["text/html", "image/svg+xml", "application/octet-stream"])
        for (const path of [`/api/packages/root/generic/x${type.length}/1.0/${name}`, `${target.project}/packages/generic/x${type.length}/1.0/${name}`]) {
          const put = await target.send(requestOf(`PUT ${path}`, [...signedIn(), `Content-Type: ${type}`], content));
          if (put?.status !== 201) wrong.push([path, put?.status]);
          for (const lines of [[], ["Accept: text/html"], ["Sec-Fetch-Dest: document"], ["Sec-Fetch-Dest: script"], ["Range: bytes=0-9"], ["Range: bytes=0-1,3-4"], [`Accept: image/*`]]) {
            const answer = await target.send(requestOf(`GET ${path}`, [...signedIn(), ...lines]));
            expectInert(path, answer, lines[0]?.includes(",3-4") === true && answer?.status === 206 ? "parts" : "whole");
          }
          expectInert(path, await target.send(requestOf(`HEAD ${path}`, signedIn())));
        }
    expect(wrong).toEqual([]);
  }, 60_000);

  it("stay so in parts, which tell no other type, and where the browser has them already", async () => {
    for (const path of [`/api/packages/root/generic/parts/1.0/a.html`, `${target.project}/packages/generic/parts/1.0/a.html`]) {
      await target.send(requestOf(`PUT ${path}`, [...signedIn(), "Content-Type: text/html"], `<html>${script}</html>`));
      const whole = await target.send(requestOf(`GET ${path}`, signedIn()));
      const etag = whole?.headers.get("etag")?.[0] ?? "";
      expect(etag).toMatch(/^"[^"]+"$/);
      for (const range of ["0-1,3-4", "0-0,2-2,4-4", "-5,0-3", "0-9,20-", "1-2,4-5,7-8,10-11"]) {
        const lines = [...signedIn(), `Range: bytes=${range}`, "Accept: text/html"];
        const parts = await target.send(requestOf(`GET ${path}`, lines));
        expect([range, parts?.status]).toEqual([range, 206]);
        expectInert(path, parts, "parts");
        const types = [...(parts?.text ?? "").matchAll(/\r\nContent-Type: ([^\r]+)\r\n/g)].map((match) => match[1]);
        expect([range, types]).toEqual([range, range.split(",").map(() => "application/octet-stream")]);
        expectInert(path, await target.send(requestOf(`HEAD ${path}`, lines)), "parts");
      }
      for (const condition of [`If-None-Match: ${etag}`, "If-None-Match: *", `If-Modified-Since: ${whole?.headers.get("last-modified")?.[0] ?? ""}`])
        for (const method of ["GET", "HEAD"]) {
          const known = await target.send(requestOf(`${method} ${path}`, [...signedIn(), condition]));
          expect([condition, known?.status]).toEqual([condition, 304]);
          expectInert(path, known, "nothing");
        }
    }
  }, 60_000);
});

describe("refusals of content", () => {
  it("are plain text or JSON, not the file, and no page either", async () => {
    const wrong: unknown[] = [];
    const [gitea, gitlab] = ["/api/packages/root/generic/refused/1.0/a.html", `${target.project}/packages/generic/refused/1.0/a.html`];
    for (const path of [gitea, gitlab]) {
      await target.send(requestOf(`PUT ${path}`, signedIn(), `<html>${script}`));
      const nowhere = path.replace("a.html", `${encodeURIComponent(script)}.html`);
      const bad = `Accept: text/html,${script}`;
      // GitLab's API says of a name that no file can have that it is none.
      const absent = path === gitea ? 404 : 400;
      for (const [status, first, lines, body] of [
        [absent, `GET ${nowhere}`, signedIn(), null], [absent, `HEAD ${nowhere}`, signedIn(), null], [absent, `DELETE ${nowhere}`, signedIn(), null],
        [401, `GET ${path}`, ["Authorization: Bearer wrong"], null], [401, `PUT ${path}`, ["Authorization: Bearer wrong", "Content-Type: text/html"], script],
        [412, `GET ${path}`, [...signedIn(), 'If-Match: "another"'], null], [416, `GET ${path}`, [...signedIn(), "Range: bytes=9999-"], null], [416, `GET ${path}`, [...signedIn(), `Range: bytes=${script}`], null],
        [path === gitea ? 405 : 404, `PATCH ${path}`, signedIn(), script], [400, `PUT ${path.replace("1.0", "%01")}`, signedIn(), script],
        ...(path === gitea ? [[409, `PUT ${path}`, signedIn(), script] as const] : []),
      ] as const) {
        const answer = await target.send(requestOf(first, [...lines, bad], body));
        const line = (name: string): string => (answer?.headers.get(name) ?? []).join(", ");
        const isInert = answer?.body.length === 0 || first.startsWith("HEAD") || /^(?:application\/(?:problem\+)?json|text\/plain)(?:;|$)/.test(line("content-type"));
        if (answer?.status !== status || !isInert || line("x-content-type-options") !== "nosniff" || line("x-frame-options") !== "SAMEORIGIN" || answer.text.includes("<script"))
          wrong.push([status, first, answer?.status, line("content-type"), line("x-content-type-options"), answer?.text.slice(0, 80)]);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});

describe("scripts in texts that the API gives back", () => {
  const texts = [script, `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", "</script><script>alert(1)</script>", "{{7*7}}", "<!--", "]]>", "\u2028alert(1)", "'-alert(1)-'", "&lt;script&gt;", "<svg/onload=alert(1)>", "data:text/html,<script>alert(1)</script>"];

  it("come as JSON or plain text that no browser takes for a page", async () => {
    const wrong: unknown[] = [];
    const json = "Content-Type: application/json";
    const check = (path: string, answer: RawResponse | null): void => {
      const type = answer?.headers.get("content-type")?.[0] ?? "";
      const isInert = answer !== null && (answer.body.length === 0 || /^(?:application\/(?:problem\+)?json|text\/plain|application\/graphql)/.test(type));
      if (!isInert || answer.headers.get("x-content-type-options")?.[0] !== "nosniff") wrong.push([path, type, answer?.text.slice(0, 80)]);
    };
    for (const [index, text] of texts.entries()) {
      const encoded = encodeURIComponent(text);
      const body = (fields: object): string => Buffer.from(JSON.stringify(fields)).toString("latin1");
      check("release", await target.send(requestOf(`POST ${target.project}/releases`, [...signedIn(), json], body({ tag_name: `v${index}`, name: text, description: text }))));
      check("release", await target.send(requestOf(`GET ${target.project}/releases/v${index}`, signedIn())));
      check("project", await target.send(requestOf(`PUT ${target.project}`, [...signedIn(), json], body({ description: text }))));
      check("organisation", await target.send(requestOf("POST /api/v1/orgs", [...signedIn(), json], body({ username: `o${index}`, description: text, full_name: text, website: text }))));
      check("variable", await target.send(requestOf(`POST ${target.project}/variables`, [...signedIn(), json], body({ key: `K${index}`, value: text, description: text }))));
      for (const path of [`/${encoded}`, `/api/v1/users/${encoded}`, `/api/v4/projects/${encoded}`, `/api/packages/${encoded}/generic/a/b/c`, `/api/stowage/v1/namespaces/${encoded}/settings`, `/api/v4/projects?search=${encoded}`, `/api/graphql?query=${encoded}`, `/api/v1/orgs/${encoded}`, `${target.project}/packages/generic/${encoded}/1/f`, `/metrics/${encoded}`])
        for (const method of ["GET", "POST"]) check(path, await target.send(requestOf(`${method} ${path}`, [...signedIn(), "Accept: text/html"], method === "POST" ? text : null)));
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it("are no address of a link: what is not http, https or ftp is refused", async () => {
    await target.send(requestOf(`POST ${target.project}/releases`, [...signedIn(), "Content-Type: application/json"], JSON.stringify({ tag_name: "links" })));
    for (const url of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//evil.example/x", "/x", "\u0001javascript:alert(1)", "blob:x", "https:evil", "about:blank"]) {
      const answer = await target.send(requestOf(`POST ${target.project}/releases/links/assets/links`, [...signedIn(), "Content-Type: application/json"], JSON.stringify({ name: `n${url}`, url })));
      expect([url, answer?.status]).toEqual([url, 400]);
    }
  });
});

describe("cross-origin requests of a browser", () => {
  it("are told by no answer that another origin may read or send", async () => {
    const origins = ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:3000", "https://h.evil.example", "file://", "chrome-extension://x", "http://h", "https://h:443", "http://[::1]"];
    for (const origin of origins)
      for (const [method, path] of [["GET", `${target.project}/packages/generic/p/1.0/f`], ["OPTIONS", `${target.project}/packages/generic/p/1.0/f`], ["GET", "/api/v1/version"], ["OPTIONS", "/api/v1/user"], ["GET", "/api/v4/user"]] as const) {
        const lines = [`Origin: ${origin}`, "Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: private-token"];
        const answer = await target.send(requestOf(`${method} ${path}`, lines));
        const granted = [...(answer?.headers.keys() ?? [])].filter((name) => name.startsWith("access-control-"));
        expect([origin, method, path, granted]).toEqual([origin, method, path, []]);
      }
  });
});
