import { describe, expect, it } from "bun:test";
import { documentRows, malformedRows } from "../document-rows.ts";
import { allCases } from "./cases/all.ts";

const names = ["gitlab.md", "gitlab-packages.md", "gitlab-surroundings.md"] as const;
const documents = await Promise.all(names.map(async (name) => ({ name, ...(await documentRows(name)) })));
const ids = documents.flatMap((document) => document.ids);
const known = new Set(ids);
const tried = new Set(allCases.map((one) => one.row));

describe("the GitLab pages of docs/protocols", () => {
  it("gives each rule an id of its own", () => {
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  for (const document of documents) {
    it(`${document.name} has rules, each in four columns`, () => {
      expect(document.ids.length).toBeGreaterThan(30);
      expect(malformedRows(document)).toEqual([]);
    });

    it(`${document.name} says of each rule where it comes from`, () => {
      const standing = /\| (as GitLab|deviation: .+|own: .+|unconfirmed: .+) \|$/;
      expect(document.lines.filter((line) => !standing.test(line))).toEqual([]);
    });

    it(`${document.name} has a case for each rule`, () => {
      expect(document.ids.filter((id) => !tried.has(id))).toEqual([]);
    });
  }

  it("has a rule for each case", () => {
    expect([...tried].filter((row) => !known.has(row))).toEqual([]);
  });
});
