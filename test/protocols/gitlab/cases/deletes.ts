import { bytes, created, message, noRoute, notFound, problem, removed } from "../answers.ts";
import { del, get, put, type Exchange, type ProtocolCase } from "../protocol-case.ts";
import { protect } from "../settings-step.ts";

const maintainer = { as: "maintainer" } as const;
const none = get("{api}/packages?package_name={p}", { status: 200, json: [] });
const since = (date: string): Pick<Exchange, "as" | "headers"> => ({ ...maintainer, headers: { "If-Unmodified-Since": date } });

export const deletes: readonly ProtocolCase[] = [
  {
    row: "delete.file",
    it: "removes a file with all its revisions",
    steps: [
      put("{p}/1.0/f", created),
      put("{p}/1.0/f", created, "again"),
      put("{p}/1.0/g", created),
      del("{p}/1.0/f", removed, maintainer),
      get("{p}/1.0/f", notFound),
      del("{p}/1.0/f", notFound, maintainer),
      get("{p}/1.0/g", bytes("hello")),
    ],
  },
  {
    row: "delete.file.last",
    it: "takes the version along",
    steps: [put("{p}/1.0/f", created), del("{p}/1.0/f", removed, maintainer), none, del("{p}/1.0", notFound, maintainer)],
  },
  {
    row: "delete.file.directory",
    it: "finds files in directories",
    steps: [
      put("{p}/1.0/dir/f", created),
      put("{p}/1.0/dir/g", created),
      put("{p}/1.0/f", created),
      del("{p}/1.0/dir", notFound, maintainer),
      del("{p}/1.0/dir/f", removed, maintainer),
      del("{p}/1.0/dir%2Fg", removed, maintainer),
      get("{p}/1.0/dir/f", notFound),
      get("{p}/1.0/dir/g", notFound),
      get("{p}/1.0/f", bytes("hello")),
    ],
  },
  {
    row: "delete.version",
    it: "removes a version with its files",
    steps: [
      put("{p}/1.0/f", created),
      put("{p}/1.0/dir/g", created),
      put("{p}/1.1/f", created),
      del("{p}/1.0", removed, maintainer),
      get("{p}/1.0/f", notFound),
      get("{p}/1.0/dir/g", notFound),
      get("{p}/1.1/f", bytes("hello")),
      del("{p}/1.0", notFound, maintainer),
    ],
  },
  {
    row: "delete.package",
    it: "does not know it",
    steps: [put("{p}/1.0/f", created), del("{p}", noRoute, maintainer), get("{p}/1.0/f", bytes("hello"))],
  },
  {
    row: "delete.missing",
    it: "says that there is nothing",
    steps: [del("{p}/1.0", notFound, maintainer), del("{p}/1.0/f", notFound, maintainer)],
  },
  {
    row: "delete.body",
    it: "passes over a body",
    steps: [
      put("{p}/1.0/f", created),
      put("{p}/1.0/g", created),
      del("{p}/1.0/f", removed, { ...maintainer, send: {} }),
      del("{p}/1.0", removed, { ...maintainer, body: "nonsense", headers: { "Content-Type": "application/json" } }),
    ],
  },
  {
    row: "delete.unmodified",
    it: "keeps what changed since",
    steps: [
      put("{p}/1.0/f", created),
      put("{p}/1.0/g", created),
      del("{p}/1.0/f", { status: 412 }, since("Mon, 01 Jan 2024 00:00:00 GMT")),
      del("{p}/1.0", { status: 412 }, since("Mon, 01 Jan 2024 00:00:00 GMT")),
      get("{p}/1.0/f", bytes("hello"), { keep: { date: "last-modified" } }),
      del("{p}/1.0/f", removed, since("{date}")),
      del("{p}/1.0", removed, since("Thu, 01 Jan 2099 00:00:00 GMT")),
    ],
  },
  {
    row: "delete.protected",
    it: "keeps protected packages but for owners",
    project: "fresh",
    steps: [
      put("{p}/1.0/f", created),
      put("{p}/1.0/g", created),
      protect("{p}", { minimum_access_level_for_delete: "owner" }),
      ...["{p}/1.0/f", "{p}/1.0"].map((target) =>
        del(target, message(403, "403 Forbidden - Package is deletion protected."), maintainer),
      ),
      del("{p}/1.0/f", removed, { as: "owner" }),
      del("{p}/1.0", removed, { as: "owner" }),
    ],
  },
  {
    row: "delete.hidden",
    it: "removes hidden versions",
    steps: [
      put("{p}/1.0/f?status=hidden", created),
      put("{p}/1.0/g", created),
      del("{p}/1.0/f", removed, maintainer),
      del("{p}/1.0", removed, maintainer),
      get("{p}/1.0/g", notFound),
    ],
  },
  {
    row: "delete.again",
    it: "frees the name at once",
    steps: [
      put("{p}/1.0/f", created),
      del("{p}/1.0", removed, maintainer),
      put("{p}/1.0/f", created, "again"),
      get("{p}/1.0/f", bytes("again")),
      del("{p}/1.0/f", removed, maintainer),
      put("{p}/1.0/f", created, "third"),
      get("{p}/1.0/f", bytes("third")),
      put("{p}/1.0/a%20b", problem(400, "file_name is invalid")),
    ],
  },
];
