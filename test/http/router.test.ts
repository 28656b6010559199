import { describe, expect, it } from "bun:test";
import { createRouter, type Route } from "../../src/http/router.ts";

function routerOf(...lines: readonly string[]) {
  return createRouter<string>(lines.map((line): Route<string> => {
    const [method = "", pattern = ""] = line.split(" ");
    if (method !== "GET" && method !== "PUT" && method !== "DELETE") throw new Error(`test route ${line}`);
    return { method, pattern, access: "read", handler: line };
  }));
}

/** The pattern that is found with its parameters, or what is found instead. */
function find(router: ReturnType<typeof routerOf>, method: string, path: string): unknown {
  const match = router(method, path.split("/").filter((segment) => segment !== "").map(decodeURIComponent));
  return match.kind === "route" ? [match.route.pattern, match.parameters] : match;
}

const generic = "/api/v4/projects/:id/packages/generic/:name/:version";

describe("createRouter", () => {
  const routes = routerOf("GET /a/b", "PUT /a/:x", "GET /:x/b/c", "GET /a/:x/d", "DELETE /a/b");

  it("prefers literals, and goes back to parameters where they lead nowhere", () => {
    expect(find(routes, "GET", "/a/b")).toEqual(["/a/b", {}]);
    expect(find(routes, "GET", "/a/b/c")).toEqual(["/:x/b/c", { x: "a" }]);
    expect(find(routes, "GET", "/a/b/d")).toEqual(["/a/:x/d", { x: "b" }]);
    expect(find(routes, "PUT", "/a/c%2Fd")).toEqual(["/a/:x", { x: "c/d" }]);
  });
  it("answers HEAD by GET, and names the methods of the pattern it found", () => {
    expect(find(routes, "HEAD", "/a/b")).toEqual(["/a/b", {}]);
    expect(find(routes, "PUT", "/a/b")).toEqual({ kind: "wrong_method", allowed: ["GET", "HEAD", "DELETE"], pattern: "/a/b" });
    expect(find(routes, "GET", "/a/c")).toEqual({ kind: "wrong_method", allowed: ["PUT"], pattern: "/a/:x" });
  });
  it("knows nothing else", () => {
    for (const path of ["/", "/a", "/b", "/a/b/c/d"]) expect(find(routes, "GET", path)).toEqual({ kind: "unknown" });
  });
  it("refuses two routes for one method and place, whatever their names are called", () => {
    expect(() => routerOf("GET /a/:x", "GET /a/:y")).toThrow("two routes for GET /a/:y");
    expect(() => routerOf("GET /a/*x/b", "GET /a/*y/b")).toThrow("two routes for GET /a/*y/b");
  });
});

describe("a wildcard", () => {
  const routes = routerOf(
    `PUT ${generic}/*file`,
    `DELETE ${generic}`,
    "GET /*project/-/package_files/:id/download",
    "GET /*project/-/packages",
    "GET /api/v4/version",
  );

  it("takes one or more segments at the end", () => {
    const at = "/api/v4/projects/1/packages/generic/n/1.0";
    expect(find(routes, "PUT", `${at}/a.txt`)).toEqual([`${generic}/*file`, { id: "1", name: "n", version: "1.0", file: "a.txt" }]);
    expect(find(routes, "PUT", `${at}/d/e%2Ff/a.txt`)).toEqual([`${generic}/*file`, { id: "1", name: "n", version: "1.0", file: "d/e/f/a.txt" }]);
    expect(find(routes, "PUT", at)).toMatchObject({ kind: "wrong_method", allowed: ["DELETE"] });
  });
  it("takes one or more segments in front", () => {
    const pattern = "/*project/-/package_files/:id/download";
    expect(find(routes, "GET", "/g/-/package_files/7/download")).toEqual([pattern, { project: "g", id: "7" }]);
    expect(find(routes, "GET", "/g/s/p/-/package_files/7/download")).toEqual([pattern, { project: "g/s/p", id: "7" }]);
    expect(find(routes, "GET", "/-/package_files/7/download")).toEqual({ kind: "unknown" });
    expect(find(routes, "GET", "/a/-/packages/-/packages")).toEqual(["/*project/-/packages", { project: "a/-/packages" }]);
    expect(find(routes, "POST", "/g/-/packages")).toEqual({ kind: "wrong_method", allowed: ["GET", "HEAD"], pattern: "/*project/-/packages" });
  });
  it("is reached from literals that lead nowhere", () => {
    expect(find(routes, "GET", "/api/v4/version")).toEqual(["/api/v4/version", {}]);
    expect(find(routes, "GET", "/api/v4/version/-/packages")).toEqual(["/*project/-/packages", { project: "api/v4/version" }]);
  });
  it("comes after parameters, and takes as little as it can", () => {
    const order = routerOf("GET /a/*x", "GET /a/:y", "GET /*x/:y/c", "GET /*x/c", "GET /a/z/*x");
    expect(find(order, "GET", "/a/b")).toEqual(["/a/:y", { y: "b" }]);
    expect(find(order, "GET", "/a/b/c")).toEqual(["/a/*x", { x: "b/c" }]);
    expect(find(order, "GET", "/a/z/c")).toEqual(["/a/z/*x", { x: "c" }]);
    expect(find(order, "GET", "/b/b/c")).toEqual(["/*x/:y/c", { x: "b", y: "b" }]);
    expect(find(order, "GET", "/b/c")).toEqual(["/*x/c", { x: "b" }]);
  });
  it("stands once in a pattern", () => {
    expect(() => routerOf("GET /*x/a/*y")).toThrow("two wildcards in /*x/a/*y");
  });
  it("costs no more than the table has nodes, whatever the target", () => {
    // Every way to write eight segments as literal, parameter or wildcard; the target fits all of them up to its end.
    const kinds = ["a", ":p", "*w"];
    let patterns = [""];
    for (let depth = 0; depth < 8; depth += 1)
      patterns = patterns.flatMap((pattern) => kinds.map((kind) => `${pattern}/${kind}`)).filter((pattern) => pattern.split("*").length <= 2);
    const router = routerOf(...patterns.map((pattern) => `GET ${pattern}/end`));
    let reads = 0;
    const segments = new Proxy([...Array<string>(39).fill("a"), "other"], {
      get: (target, key, receiver): unknown => {
        reads += typeof key === "string" && /^\d+$/.test(key) ? 1 : 0;
        return Reflect.get(target, key, receiver);
      },
    });
    expect(router("GET", segments)).toEqual({ kind: "unknown" });
    // A node reads one segment, and the slice that a wildcard takes; 39 to the power of 8 would not end.
    expect(reads).toBeLessThan(patterns.length * 10 * 40);
  });
});
