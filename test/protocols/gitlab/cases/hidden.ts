import { expect } from "bun:test";
import { fields, rows } from "../../json-answers.ts";
import { bytes, created } from "../answers.ts";
import { get, head, put, type Exchange, type ProtocolCase } from "../protocol-case.ts";

/** Lists the case's packages with this query and keeps the id of the first. */
const listed = (query: string, count: number, as = "developer"): Exchange =>
  get(`{api}/packages?package_name={p}${query}`, { status: 200 }, {
    as,
    check: (answer, _world, names) => {
      const found = rows(answer);
      expect(found.length).toBe(count);
      if (found[0] !== undefined) names.set("id", String(found[0]["id"]));
    },
  });

export const hidden: readonly ProtocolCase[] = [
  {
    row: "hidden.download",
    it: "serves its files by name to everybody who may read",
    steps: [
      put("{p}/1.0/f?status=hidden", created),
      get("{p}/1.0/f", bytes("hello")),
      get("{p}/1.0/f", bytes("hello"), { as: "anonymous" }),
      head("{p}/1.0/f", { status: 200 }, { as: "guest" }),
    ],
  },
  {
    row: "hidden.list",
    it: "lists it only when asked for",
    steps: [put("{p}/1.0/f?status=hidden", created), listed("", 0), listed("&status=default", 0), listed("&status=hidden", 1)],
  },
  {
    row: "hidden.version",
    it: "changes with each upload that has a status",
    steps: [
      put("{p}/1.0/f", created),
      listed("", 1),
      put("{p}/1.0/g?status=hidden", created),
      listed("", 0),
      put("{p}/1.0/h", created),
      listed("", 0),
      put("{p}/1.0/i?status=default", created),
      listed("", 1),
      listed("&status=hidden", 0),
    ],
  },
  {
    row: "hidden.version",
    it: "is the version's and not the package's",
    steps: [put("{p}/1.0/f?status=hidden", created), put("{p}/1.1/f", created), listed("", 1), listed("&status=hidden", 1)],
  },
  {
    row: "hidden.id",
    it: "is found by id by those who may delete it",
    steps: [
      put("{p}/1.0/f?status=hidden", created),
      listed("&status=hidden", 1),
      get("{api}/packages/{id}", { status: 404 }),
      get("{api}/packages/{id}/package_files", { status: 404 }),
      get("{api}/packages/{id}", { status: 404 }, { as: "anonymous" }),
      get("{api}/packages/{id}", { status: 200, jsonLike: { status: "hidden" } }, {
        as: "maintainer",
        check: (answer, _world, names) => expect(fields(answer)["name"]).toBe(names.get("p")),
      }),
      get("{api}/packages/{id}/package_files", { status: 200 }, {
        as: "maintainer",
        check: (answer) => expect(rows(answer).length).toBe(1),
      }),
    ],
  },
  {
    row: "hidden.gitea",
    it: "serves its files there by name",
    steps: [put("{p}/1.0/f?status=hidden", created), get("/api/packages/{path}/generic/{p}/1.0/f", bytes("hello"), { as: "anonymous" })],
  },
];
