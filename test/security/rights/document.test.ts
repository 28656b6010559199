import { describe, expect, it } from "bun:test";
import { lineNames } from "../gitlab-lines.ts";
import { gitlabRows, nativeDialectRows } from "../gitlab-route-table.ts";
import { privateTable, routeRows } from "../route-table.ts";
import { classesWithNeeds } from "./class-needs.ts";
import { rightsDocument } from "./document.ts";

const path = new URL("../../../docs/rights.md", import.meta.url).pathname;

describe("docs/rights.md", () => {
  it("is what the tables of the tests say (STOWAGE_WRITE_DOCS=1 writes it)", async () => {
    if (process.env["STOWAGE_WRITE_DOCS"] === "1") await Bun.write(path, rightsDocument());
    expect(await Bun.file(path).text()).toBe(rightsDocument());
  });

  it("has no class that no route is of, and none without what it needs of a token", () => {
    const used = new Set<string>([...routeRows, ...gitlabRows, ...nativeDialectRows].map(({ line }) => line));
    const known = new Set([...privateTable.slice(1).map(([name = ""]) => name), ...lineNames]);
    expect([...known].filter((name) => !used.has(name))).toEqual([]);
    expect([...used].filter((name) => !known.has(name) || !classesWithNeeds.includes(name))).toEqual([]);
    expect(classesWithNeeds.filter((name) => !used.has(name))).toEqual([]);
  });
});
