import { expect } from "bun:test";
import { bytes, challenged, created, noRoute, notFound, problem, removed } from "../answers.ts";
import { del, get, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";

const badPath = problem(400, "path should be a valid file path");
const badRequest: Expectation = { status: 400, json: { error: expect.any(String) } };
/** Refused for the dots, or for the name that they made illegal. */
const refused: Expectation = {
  status: 400,
  body: /^\{"error":"[a-z_]+ (should be a valid file path|is invalid)(, [a-z_]+ (should be a valid file path|is invalid))*"\}$/,
};

export const paths: readonly ProtocolCase[] = [
  {
    row: "path.escapes",
    it: "decodes each segment once",
    steps: [
      put("{p}/1%2E0%2E0/a%2Etxt", created),
      get("{p}/1.0.0/a.txt", bytes("hello")),
      get("{p}/1%2e0%2e0/%61.txt", bytes("hello")),
      put("{p}/1.0.0/100%2525/f", created, "twice"),
      get("{p}/1.0.0/100%25/f", notFound),
      get("{p}/1.0.0/100%2525/f", bytes("twice")),
    ],
  },
  {
    row: "path.plus",
    it: "keeps a plus",
    steps: [
      put("{p}/1.0+b/a+b.txt", created),
      get("{p}/1.0%2Bb/a%2Bb.txt", bytes("hello")),
      put("{p}/1.0/dir+x/f", created, "in dir"),
      get("{p}/1.0/dir%2Bx/f", bytes("in dir")),
      get("{p}/1.0/dir%20x/f", notFound),
    ],
  },
  {
    row: "path.directory",
    it: "keeps directories of any depth",
    steps: [
      put("{p}/1.0/dir/sub/a.txt", created),
      get("{p}/1.0/dir/sub/a.txt", bytes("hello")),
      put("{p}/1.0/1/2/3/4/5/6/7/8/9/a.txt", created, "deep"),
      get("{p}/1.0/1/2/3/4/5/6/7/8/9/a.txt", bytes("deep")),
    ],
  },
  {
    row: "path.directory.apart",
    it: "tells files of one name apart",
    steps: [
      put("{p}/1.0/a.txt", created, "top"),
      put("{p}/1.0/x/a.txt", created, "x"),
      put("{p}/1.0/y/a.txt", created, "y"),
      get("{p}/1.0/a.txt", bytes("top")),
      get("{p}/1.0/x/a.txt", bytes("x")),
      get("{p}/1.0/y/a.txt", bytes("y")),
      get("{p}/1.0/x", notFound),
    ],
  },
  {
    row: "path.directory.characters",
    it: "takes spaces and letters of any script in a directory",
    steps: [
      put("{p}/1.0/some%20dir/%C3%A9t%C3%A9/%24x%3F/f", created),
      get("{p}/1.0/some%20dir/%C3%A9t%C3%A9/%24x%3F/f", bytes("hello")),
    ],
  },
  {
    row: "path.slash.file",
    it: "reads a slash in the file segment as a directory",
    steps: [
      put("{p}/1.0/dir%2Fsub%2Fa.txt", created),
      get("{p}/1.0/dir/sub/a.txt", bytes("hello")),
      put("{p}/1.0/x/y.txt", created, "two"),
      get("{p}/1.0/x%2fy.txt", bytes("two")),
      put("{p}/1.0/dir%2Fa%20b.txt", problem(400, "file_name is invalid")),
      put("{p}/1.0/dir%252Fa.txt", problem(400, "file_name is invalid")),
    ],
  },
  {
    row: "path.slash.directory",
    it: "does so in a directory too",
    steps: [put("{p}/1.0/a%2Fb/c/f", created), get("{p}/1.0/a/b/c/f", bytes("hello"))],
  },
  {
    row: "path.slash.name",
    it: "refuses a slash in a name or version",
    steps: [
      put("{p}%2Fx/1.0/f", problem(400, "package_name is invalid")),
      put("{p}/1%2F0/f", problem(400, "package_version is invalid")),
    ],
  },
  {
    row: "path.dot",
    it: "drops dots",
    steps: [
      put("{p}/1.0/./a/./f", created),
      get("{p}/1.0/a/f", bytes("hello")),
      get("{p}/1.0/%2E/a/%2e/f", bytes("hello")),
      get("{p}/1.0/.%2Fa%2F.%2Ff", bytes("hello")),
      get("{p}/1.0/f?path=./a/.", bytes("hello")),
    ],
  },
  {
    row: "path.dot-dot",
    it: "refuses two dots wherever they stand",
    steps: [
      ...["{p}/1.0/../f", "{p}/1.0/%2E%2E/f", "{p}/1.0/.%2e/f", "{p}/1.0/a/../f", "{p}/1.0/a%2F..%2Ff"].flatMap((target) => [
        put(target, badPath),
        get(target, badPath),
        del(target, badPath, { as: "maintainer" }),
      ]),
      ...[
        "{p}/1.0/../.ssh%2fauthorized_keys",
        "{p}/1.0/%2e%2e%2f.ssh%2fauthorized_keys",
        "{p}/1.0/..",
        "{p}/1.0/a/%2E%2E",
        "{p}/../f",
        "../1.0/f",
        "../../foo/1.0/f",
        "{p}%2F../1.0/f",
        "my-package%2f%2e%2e%2f/1.0/f",
      ].flatMap((target) => [put(target, refused), get(target, refused)]),
    ],
  },
  {
    row: "path.dot-dot.credentials",
    it: "asks for credentials first",
    steps: [
      put("{p}/1.0/../f", challenged, "x", { as: "anonymous" }),
      put("{p}/1.0/a%2F..%2Ff", challenged, "x", { as: "anonymous" }),
    ],
  },
  {
    row: "path.dot-dot.elsewhere",
    it: "acts on nothing",
    steps: [
      put("{p}/1.0/f", created),
      put("/api/v4/projects/{project}/x/../packages/generic/{p}/1.0/g", noRoute),
      del("/api/v4/projects/{project}/x/%2E%2E/packages/generic/{p}/1.0/f", noRoute, { as: "maintainer" }),
      get("/api/v4/x/../projects/{project}", noRoute),
      get("{p}/1.0/f", bytes("hello")),
      get("{p}/1.0/g", notFound),
    ],
  },
  {
    row: "path.dot-dot.query",
    it: "refuses it in the query",
    steps: ["..", "a/../b", "%2E%2E", "/etc", "a/.."].map((path) => put(`{p}/1.0/f?path=${path}`, badPath)),
  },
  {
    row: "path.backslash",
    it: "refuses backslashes",
    steps: [
      put("{p}/1.0/a%5Cb/f", badPath),
      put("{p}/1.0/..%5C..%5Cf", refused),
      put("{p}/1.0/f%5Cg", refused),
      put("{p}/1.0/a\\b/f", refused),
      put("{p}/1.0/..\\f", refused),
    ],
  },
  {
    row: "path.empty",
    it: "refuses empty parts",
    steps: [
      put("{p}/1.0//f", noRoute),
      put("{p}/1.0/a//f", noRoute),
      put("{p}/1.0/a%2F%2Ff", badPath),
      put("{p}/1.0/f?path=a//b", badPath),
    ],
  },
  {
    row: "path.trailing",
    it: "does not know a path without a file",
    steps: [
      put("{p}/1.0/f", created),
      ...["{p}/1.0", "{p}/1.0/", "{p}/"].flatMap((target) => [put(target, noRoute), get(target, noRoute)]),
      get("{p}/1.0/f", bytes("hello")),
    ],
  },
  {
    row: "path.escape.broken",
    it: "refuses broken escapes",
    steps: ["{p}/1.0/a%zz", "{p}/1.0/a%", "{p}/1.0/%4/f"].flatMap((target) => [put(target, badRequest), get(target, badRequest)]),
  },
  {
    row: "path.escape.utf8",
    it: "refuses what is no text",
    steps: ["{p}/1.0/%FF/f", "{p}/1.0/%C3", "{p}/1.0/%C3%28/f"].flatMap((target) => [put(target, badRequest), get(target, badRequest)]),
  },
  {
    row: "path.control",
    it: "refuses control characters",
    steps: ["{p}/1.0/a%00b", "{p}/1.0/a%0Ab/f", "{p}/1%0A/f", "{p}%00/1.0/f", "{p}/1.0/%7F/f", "{p}/1.0/f?path=a%00"].map((target) =>
      put(target, badRequest),
    ).concat([put("{p}/1.0/ok", created), del("{p}/1.0/ok", removed, { as: "maintainer" })]),
  },
];
