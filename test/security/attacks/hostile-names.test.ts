import { afterAll, afterEach, beforeAll, describe, expect, it } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openTarget, percentEncoded, requestOf, type Target } from "./open-target.ts";

let target: Target;
let number = 0;
beforeAll(async () => {
  target = await openTarget("hostile names");
}, 30_000);
afterAll(async () => await target.close());
afterEach(async () => {
  await target.expectSound();
  // No name of a client's is a name on the disk, whatever it was.
  const shards = join(target.town.site.server.dataDirectory, "blobs");
  for (const shard of readdirSync(shards)) for (const name of readdirSync(join(shards, shard))) expect(name).toMatch(/^[0-9a-f]{64}\.[0-9a-z]+$/i);
});

type Dialect = "gitea" | "gitlab";
const dialects: readonly Dialect[] = ["gitea", "gitlab"];
const pathOf = (dialect: Dialect, name: string, version: string, file: string): string =>
  dialect === "gitea" ? `/api/packages/root/generic/${name}/${version}/${file}` : `${target.project}/packages/generic/${name}/${version}/${file}`;
const signedIn = (): string[] => [`PRIVATE-TOKEN: ${target.token}`, `Authorization: token ${target.token}`];
const fresh = (): string => `n${(number += 1)}`;

/** Publishes under an encoded file name; null where the connection ended. */
async function publish(dialect: Dialect, encoded: string, body = "bytes"): Promise<{ status: number; path: string }> {
  const path = pathOf(dialect, fresh(), "1.0", encoded);
  const answer = await target.send(requestOf(`PUT ${path}`, signedIn(), body));
  return { status: answer?.status ?? 0, path };
}

/** What may be asked of every answer that serves a file: one plain line that has it saved, and nothing that a client could run. */
async function expectSafeDownload(path: string): Promise<void> {
  const answer = await target.send(requestOf(`GET ${path}`, signedIn()));
  expect([path, answer?.status, answer?.text]).toEqual([path, 200, "bytes"]);
  const disposition = answer?.headers.get("content-disposition") ?? [];
  expect([path, disposition.length]).toEqual([path, 1]);
  expect(disposition[0]).toMatch(/^attachment(?:; filename=(?:"[\x20-\x7e]*"|[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+))?(?:; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+)?$/);
  // What is saved has no folder in it, by any spelling.
  const saved = /filename="?([^";]*)"?/.exec(disposition[0] ?? "")?.[1] ?? "";
  expect(saved).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  expect(answer?.headers.get("content-type")).toEqual(["application/octet-stream"]);
  expect(answer?.headers.get("x-content-type-options")).toEqual(["nosniff"]);
}

describe("control characters, bidirectional and zero-width characters, and bytes that are no UTF-8", () => {
  const controls = [...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)), "\u007f", "\u0080", "\u0085", "\u009f"];
  const marks = ["\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff", "\u00ad", "\u061c", "\u180e", "\u2028", "\u2029", "\ufff9", "\u{e0041}"];

  it("are in no name of a file that is served", async () => {
    for (const dialect of dialects)
      for (const mark of [...controls, ...marks])
        for (const name of [`a${mark}b.txt`, `${mark}ab`, `ab${mark}`, `gpj${mark}.exe`]) {
          const { status } = await publish(dialect, percentEncoded(name));
          expect([dialect, JSON.stringify(name), status]).toEqual([dialect, JSON.stringify(name), 400]);
        }
  }, 30_000);

  it("are in no version of GitLab's, and in one of Gitea's only where it takes any text", async () => {
    for (const mark of [...controls, ...marks]) {
      const version = percentEncoded(`1${mark}0`);
      const gitlab = await target.send(requestOf(`PUT ${pathOf("gitlab", fresh(), version, "f")}`, signedIn(), "bytes"));
      expect([JSON.stringify(mark), gitlab?.status]).toEqual([JSON.stringify(mark), 400]);
      const name = fresh();
      const gitea = await target.send(requestOf(`PUT ${pathOf("gitea", name, version, "f")}`, signedIn(), "bytes"));
      if (mark < " " || mark === "\u007f") expect([JSON.stringify(mark), gitea?.status]).toEqual([JSON.stringify(mark), 400]);
      else if (gitea?.status === 201) await expectSafeDownload(pathOf("gitea", name, version, "f"));
    }
  }, 30_000);

  it("are refused as bytes that no text has, in every part of a path", async () => {
    const bytes = ["%ff", "%fe%ff", "%c0%80", "%c0%af", "%e0%80%af", "%f0%80%80%af", "%ed%a0%80", "%ed%b0%80", "%f4%90%80%80", "%f8%88%80%80%80", "%80", "%bf", "%c3", "%e2%82", "\u00ff", "\u00c0\u0080", "%zz", "%", "%2", "%u0041"];
    const before = target.town.site.records();
    for (const dialect of dialects)
      for (const wrong of bytes)
        for (const path of [pathOf(dialect, `a${wrong}`, "1.0", "f"), pathOf(dialect, "a", `1${wrong}`, "f"), pathOf(dialect, "a", "1.0", `f${wrong}`)])
          for (const method of ["PUT", "GET", "DELETE"]) {
            const answer = await target.send(requestOf(`${method} ${path}`, signedIn(), method === "PUT" ? "bytes" : null));
            expect([method, path, [400, 404].includes(answer?.status ?? 0)]).toEqual([method, path, true]);
          }
    expect(target.town.site.records()).toBe(before);
  }, 30_000);

  it("do not stretch the 255 bytes that a name may have", async () => {
    const parts: readonly (readonly [Dialect, string, number])[] = [
      ["gitea", "x".repeat(255), 201], ["gitea", "x".repeat(256), 400], ["gitea", "x".repeat(5000), 400],
      ["gitlab", "x".repeat(255), 201], ["gitlab", "x".repeat(256), 400], ["gitlab", "x".repeat(5000), 400],
      ["gitlab", `${"d".repeat(256)}/f`, 400], ["gitlab", `${"\u00e4".repeat(128)}/f`, 400], ["gitlab", `${"\u{1f600}".repeat(64)}/f`, 400], ["gitlab", `${"d/".repeat(20)}f`, 201],
    ];
    for (const [dialect, name, wanted] of parts) {
      const { status, path } = await publish(dialect, name.split("/").map(percentEncoded).join("/"));
      expect([dialect, name.length, status]).toEqual([dialect, name.length, wanted]);
      if (status === 201) await expectSafeDownload(path);
    }
    // Versions of Gitea's may be any text: bytes count, not characters.
    for (const [version, wanted] of [["\u00e4".repeat(127), 201], ["\u00e4".repeat(128), 400], ["\u{1f600}".repeat(63), 201], ["\u{1f600}".repeat(64), 400]] as const) {
      const answer = await target.send(requestOf(`PUT ${pathOf("gitea", fresh(), percentEncoded(version), "f")}`, signedIn(), "bytes"));
      expect([version.length, answer?.status]).toEqual([version.length, wanted]);
    }
  });
});

describe("names that hurt on Windows", () => {
  const devices = ["CON", "con", "PRN", "AUX", "NUL", "nul", "COM1", "COM9", "LPT1", "LPT9", "CONIN$", "CONOUT$", "CLOCK$", "con.txt", "NUL.tar.gz", "aux.", "com1.zip"];
  const shapes = ["a:b", "a::$DATA", "f.txt:hidden", "C:f", "a|b", "a<b", "a>b", "a?b", "a*b", 'a"b', "a\\b", "..\\a", "a.", "a..", "a...", "a ", " a", "f.exe .txt", "desktop.ini", "Thumbs.db", "$MFT", "$I30", "PROGRA~1", "f.lnk", "%SYSTEMROOT%"];

  it("are refused, or stored under a name of the server's and offered to be saved without a folder", async () => {
    const counts = { stored: 0, refused: 0 };
    for (const dialect of dialects)
      for (const name of [...devices, ...shapes]) {
        const { status, path } = await publish(dialect, percentEncoded(name));
        expect([dialect, name, status === 201 || status === 400]).toEqual([dialect, name, true]);
        counts[status === 201 ? "stored" : "refused"] += 1;
        if (status === 201) await expectSafeDownload(path);
        // What no Windows path can hold as one name never gets that far.
        if (/[\\/|<>?*"]|^ | $/.test(name)) expect([dialect, name, status]).toEqual([dialect, name, 400]);
      }
    expect(counts.stored).toBeGreaterThan(10);
    expect(counts.refused).toBeGreaterThan(10);
  }, 30_000);

  it("as folders of GitLab's paths are never part of the name that is saved", async () => {
    for (const folder of [...devices, "C:", "a:b", "..a", "a..", "$RECYCLE.BIN", "~"]) {
      const path = `${target.project}/packages/generic/${fresh()}/1.0/${percentEncoded(folder)}/f`;
      const answer = await target.send(requestOf(`PUT ${path}`, signedIn(), "bytes"));
      expect([folder, answer?.status === 201 || answer?.status === 400]).toEqual([folder, true]);
      if (answer?.status === 201) await expectSafeDownload(path);
    }
  });
});

describe("Unicode normalisation and case folding", () => {
  const spellings: readonly (readonly [one: string, other: string])[] = [
    ["\u00e9", "e\u0301"], ["\u00c5", "A\u030a"], ["\u212b", "\u00c5"], ["\ufb01", "fi"], ["\uff41", "a"], ["\u2168", "IX"], ["\u00df", "ss"], ["\u1e9e", "\u00df"],
    ["\u0130", "i"], ["\u0131", "i"], ["\u017f", "s"], ["\u212a", "k"], ["\u03a3", "\u03c2"], ["\u0345", "\u03b9"], ["\u1d2c", "a"], ["\u2024", "."], ["\uff0e", "."], ["\u2215", "/"], ["\u0430", "a"], ["\u13a0", "d"],
  ];

  it("give nobody the name of another account, group or project", async () => {
    const { town } = target;
    const root = [`Authorization: token ${target.token}`, "Content-Type: application/json"];
    const taken = ["stranger", "vault-private"];
    for (const [one] of spellings)
      for (const name of taken.flatMap((name) => [`${one}${name}`, name.replace("a", one), name.replace("s", one)].filter((made) => made !== name))) {
        const body = Buffer.from(JSON.stringify({ username: name, email: `${fresh()}@example.com`, password: "Marker-long-enough-1", path: name, name })).toString("latin1");
        for (const path of ["/api/v1/admin/users", "/api/v1/orgs", "/api/v4/groups", "/api/v4/projects"]) {
          const answer = await target.send(requestOf(`POST ${path}`, [...root, `PRIVATE-TOKEN: ${target.token}`], body));
          expect([path, JSON.stringify(name), answer?.status]).toEqual([path, JSON.stringify(name), answer?.status === 422 ? 422 : 400]);
        }
        const found = await target.send(requestOf(`GET /api/v1/users/${percentEncoded(name)}`, root));
        expect([JSON.stringify(name), found?.status]).toEqual([JSON.stringify(name), 404]);
      }
    for (const name of ["STRANGER", "Stranger", "sTRANGER"]) expect((await town.ask("POST", "/api/v1/orgs", { authorization: `token ${target.token}` }, { username: name })).status).toBe(422);
  }, 30_000);

  it("leave versions that look alike two, each with its own bytes", async () => {
    for (const [one, other] of spellings) {
      const name = fresh();
      const put = async (version: string, body: string): Promise<number | undefined> =>
        (await target.send(requestOf(`PUT ${pathOf("gitea", name, percentEncoded(version), "f")}`, signedIn(), body)))?.status;
      const statuses = [await put(`v${one}`, "one"), await put(`v${other}`, "other")];
      const read = async (version: string): Promise<string | undefined> =>
        (await target.send(requestOf(`GET ${pathOf("gitea", name, percentEncoded(version), "f")}`, signedIn())))?.text;
      // Where folding makes them one, the second is told so: nothing is ever written over.
      if (statuses[1] === 409) expect([one, other, await read(`v${one}`)]).toEqual([one, other, "one"]);
      else expect([one, other, statuses, await read(`v${one}`), await read(`v${other}`)]).toEqual([one, other, [201, statuses[1] ?? 0], "one", statuses[1] === 201 ? "other" : (await read(`v${other}`)) ?? ""]);
    }
  });

  it("never let a name in another case write over a file", async () => {
    for (const [one, other] of [["File", "file"], ["FILE", "file"], ["readMe.TXT", "README.txt"], ["a-B", "A-b"], ["i", "I"]] as const) {
      const name = fresh();
      const put = async (file: string, body: string): Promise<number | undefined> =>
        (await target.send(requestOf(`PUT ${pathOf("gitea", name, "1.0", file)}`, signedIn(), body)))?.status;
      expect([one, await put(one, "one"), await put(other, "other")]).toEqual([one, 201, 409]);
      expect((await target.send(requestOf(`GET ${pathOf("gitea", name, "1.0", one)}`, signedIn())))?.text).toBe("one");
    }
  });
});

describe("header injection through names", () => {
  const breaks = ["%0d%0a", "%0a", "%0d", "%0d%0a%20", "%250d%250a", "%e5%98%8a%e5%98%8d", "%c4%8a", "%c4%8d", "%u000a", "%00%0d%0a", "%0b", "%0c", "%c2%85", "%e2%80%a8", "%0d%0a%0d%0a"];
  const injected = ["Set-Cookie:%20evil=1", "X-Evil:%201", "Content-Type:%20text/html", "Location:%20//evil.example", "%3Cscript%3Ealert(1)%3C/script%3E"];

  it("adds no line to any answer", async () => {
    const wrong: unknown[] = [];
    for (const cut of breaks)
      for (const line of injected)
        for (const path of [
          pathOf("gitea", "p", "1.0", `f${cut}${line}`), pathOf("gitlab", "p", "1.0", `f${cut}${line}`), pathOf("gitea", "p", `1${cut}${line}`, "f"), `/api/v1/packages/root${cut}${line}?limit=1`,
          `/api/v4/projects?per_page=1&search=x${cut}${line}`, `/vault-private/tools/-/releases/v1${cut}${line}/downloads/f`, `/api/v4/projects/${target.place.project.id}/packages?package_name=${cut}${line}&per_page=1`,
        ]) {
          for (const method of ["GET", "PUT"]) {
            const answer = await target.send(requestOf(`${method} ${path}`, signedIn(), method === "PUT" ? "bytes" : null));
            const names = [...(answer?.headers.keys() ?? [])];
            const values = [...(answer?.headers.values() ?? [])].flat();
            if (names.includes("x-evil") || names.includes("set-cookie") || values.some((value) => value === "text/html" || value.startsWith("//evil"))) wrong.push([method, path, names]);
          }
        }
    expect(wrong).toEqual([]);
  }, 60_000);

  it("through quotes, backslashes and semicolons of a name that Gitea takes ends in the name", async () => {
    for (const name of ["a;b", 'a; filename=evil.exe', "a&b", "a=b", "a'b", "a,b", "{a}", "[a]", "a%b", "a%22b", "a;filename*=UTF-8''evil", "(a)", "~a", "@a", "a#b", "$(id)", "a^b", "-a", "--a=b"]) {
      const { status, path } = await publish("gitea", percentEncoded(name));
      expect([name, status === 201 || status === 400]).toEqual([name, true]);
      if (status !== 201) continue;
      await expectSafeDownload(path);
    }
  });
});
