import { describe, expect, it } from "bun:test";
import { createApp } from "../src/app.ts";
import type { Dialect, Handler } from "../src/http/exchange.ts";
import type { RawTarget } from "../src/http/raw-target.ts";
import type { Route } from "../src/http/router.ts";

function dialectOf(name: string, routes: readonly (readonly [Route<Handler>["method"], string])[], more: Partial<Dialect> = {}): Dialect {
  const answer = (status: number, what: string) => new Response(`${name} ${what}`, { status });
  return {
    name,
    routes: routes.map(([method, pattern]): Route<Handler> => ({
      method,
      pattern,
      access: "read",
      handler: async ({ parameters }) => answer(200, `${pattern} ${JSON.stringify(parameters)}`),
    })),
    owns: ([first]) => first === name,
    notFound: () => answer(404, "has no such thing"),
    refuseTarget: (target) => answer(400, `refuses ${target.kind}`),
    answerError: () => null,
    ...more,
  };
}

const plain = dialectOf("plain", [["GET", "/plain/:x"], ["GET", "/shared/:x"]]);
const special = dialectOf("special", [["GET", "/special/:x"], ["GET", "/*x/-/files"], ["PUT", "/shared/:x"]], {
  admitTarget: ({ segments }) => {
    if (segments.includes("..")) return null;
    const kept = segments.filter((segment) => segment !== ".");
    return kept.includes("leave") ? kept.slice(kept.indexOf("leave") + 1) : kept;
  },
  wrongMethod: (allowed) => new Response(`special allows ${allowed.join(" ")}`, { status: 404 }),
  refusesEmptySegments: (segments) => segments.length > 0,
});

const routesSeen: string[] = [];
const app = createApp({
  dialects: [plain, special],
  recorder: {
    begin: () => ({ id: "1", noteActor: () => undefined, end: (_response, route) => void routesSeen.push(route) }),
  },
  locate: () => ({ clientAddress: "127.0.0.1", publicUrl: () => "http://a" }),
  isStopping: () => false,
  noteReceived: () => undefined,
  reportFault: (error) => {
    throw error;
  },
});

async function ask(method: string, target: RawTarget): Promise<string> {
  const response = await app(new Request("http://a/", { method }), target);
  return `${response.status} ${await response.text()}`;
}
const to = (path: string, hasEmptySegments = false): RawTarget => ({ kind: "segments", segments: path.split("/"), hasEmptySegments });
const ambiguous = (path: string, hasEmptySegments = false): RawTarget => ({ kind: "ambiguous", segments: path.split("/"), hasEmptySegments });

describe("an application of several dialects", () => {
  it("lets the dialect of the path say what is not there", async () => {
    expect(await ask("GET", to("special/a/b"))).toBe("404 special has no such thing");
    expect(await ask("GET", to("plain"))).toBe("404 plain has no such thing");
    expect(await ask("GET", to("nobody"))).toBe("404 plain has no such thing");
    expect(routesSeen.slice(-3)).toEqual(["(unknown)", "(unknown)", "(unknown)"]);
  });
  it("refuses ambiguous targets unless their dialect admits them", async () => {
    expect(await ask("GET", ambiguous("plain/./a"))).toBe("400 plain refuses ambiguous");
    expect(await ask("GET", ambiguous("special/../a"))).toBe("400 special refuses ambiguous");
    expect(await ask("GET", ambiguous("special/./a"))).toBe('200 special /special/:x {"x":"a"}');
    expect(await ask("GET", ambiguous("special/./a/b"))).toBe("404 special has no such thing");
    expect(await ask("GET", { kind: "undecodable", segments: [] })).toBe("400 plain refuses undecodable");
    expect(await ask("GET", { kind: "unroutable" })).toBe("400 plain refuses unroutable");
  });
  it("lets no dialect admit a target to what is another's", async () => {
    expect(await ask("GET", ambiguous("special/./leave/plain/a"))).toBe("400 special refuses ambiguous");
    expect(await ask("GET", ambiguous("special/./leave/special/a"))).toBe('200 special /special/:x {"x":"a"}');
  });
  it("asks the dialect of the pattern about a wrong method", async () => {
    expect(await ask("DELETE", to("special/a"))).toBe("404 special allows GET HEAD");
    expect(await ask("DELETE", to("nobody/-/files"))).toBe("404 special allows GET HEAD");
    expect(routesSeen.at(-1)).toBe("/*x/-/files");
    expect(await ask("DELETE", ambiguous("special/./a"))).toBe("404 special allows GET HEAD");
    const response = await app(new Request("http://a/", { method: "DELETE" }), to("plain/a"));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect(await ask("DELETE", to("shared/a"))).toBe("405 ");
  });
  it("finds nothing behind empty segments where the dialect minds them", async () => {
    expect(await ask("GET", to("special/a", true))).toBe("404 special has no such thing");
    expect(await ask("GET", ambiguous("special/./a", true))).toBe("404 special has no such thing");
    expect(await ask("GET", to("plain/a", true))).toBe('200 plain /plain/:x {"x":"a"}');
    expect(await ask("GET", to("nobody/-/files", true))).toBe('200 special /*x/-/files {"x":"nobody"}');
  });
});
