import { describe, expect, it } from "bun:test";
import { keysetPageHeaders, offsetPageHeaders, pageOf } from "../../src/http/numbered-pages.ts";
import { ParameterError } from "../../src/http/parameter-reader.ts";

const base = "https://files.example/api/v4/projects/1/packages";

function headersOf(query: string, page: number, total: number | null, hasNext: boolean) {
  return offsetPageHeaders({ url: new URL(base + query), page, perPage: 10, total, hasNext });
}

function refusalOf(query: string): string {
  try {
    return JSON.stringify(pageOf(new URLSearchParams(query)));
  } catch (error) {
    return error instanceof ParameterError ? error.message : String(error);
  }
}

describe("offsetPageHeaders", () => {
  it("links all four in order in between", () => {
    expect(headersOf("?page=2&per_page=10", 2, 31, true)).toEqual({
      "x-total": "31", "x-total-pages": "4", "x-page": "2", "x-per-page": "10", "x-next-page": "3", "x-prev-page": "1",
      link: [["1", "prev"], ["3", "next"], ["1", "first"], ["4", "last"]].map(([page, rel]) => `<${base}?page=${page}&per_page=10>; rel="${rel}"`).join(", "),
    });
  });
  it("links first and last on the only page", () => {
    expect(headersOf("", 1, 0, false)).toEqual({
      "x-total": "0", "x-total-pages": "1", "x-page": "1", "x-per-page": "10", "x-next-page": "", "x-prev-page": "",
      link: `<${base}?page=1&per_page=10>; rel="first", <${base}?page=1&per_page=10>; rel="last"`,
    });
  });
  it("names no totals where there are none", () => {
    const headers = headersOf("", 2, null, true);
    expect(Object.keys(headers).toSorted()).toEqual(["link", "x-next-page", "x-page", "x-per-page", "x-prev-page"]);
    expect(headers["link"]).not.toContain("last");
    expect(headers["link"]).toContain(`page=3&per_page=10>; rel="next"`);
  });
  it("leads nowhere from past the end", () => {
    expect(headersOf("", 9, 31, false)).toMatchObject({ "x-next-page": "", "x-prev-page": "", "x-total-pages": "4" });
  });
  it("keeps the query, without what is secret", () => {
    const query = "?private_token=s1&package_name=a%2Bb+c&job_token=s2&x[]=1&x[]=2&token=s3&access_token=s4&page=7#f";
    const url = `${base}?package_name=a%2Bb+c&x%5B%5D=1&x%5B%5D=2&page=1&per_page=10`;
    expect(headersOf(query, 1, 1, false)["link"]).toBe(`<${url}>; rel="first", <${url}>; rel="last"`);
    const credentials = offsetPageHeaders({ url: new URL("https://u:s5@a/?token=s6"), page: 1, perPage: 1, total: 1, hasNext: false });
    expect(credentials["link"]).not.toMatch(/s5|s6/);
  });
});

describe("keysetPageHeaders", () => {
  it("links only to the next page", () => {
    const url = new URL(`${base}?cursor=old&per_page=2&private_token=s`);
    expect(keysetPageHeaders({ url, next: { cursor: "new" } })).toEqual({ link: `<${base}?cursor=new&per_page=2>; rel="next"` });
    expect(keysetPageHeaders({ url, next: null })).toEqual({});
  });
});

describe("pageOf", () => {
  it("has defaults, a largest page and the last of equal names", () => {
    expect(pageOf(new URLSearchParams(""))).toEqual({ page: 1, perPage: 20, offset: 0 });
    expect(pageOf(new URLSearchParams("page=3&per_page=1000"))).toEqual({ page: 3, perPage: 100, offset: 200 });
    expect(pageOf(new URLSearchParams("page=&per_page=5&per_page=7"))).toEqual({ page: 1, perPage: 7, offset: 0 });
  });
  for (const value of ["0", "-1", "99999999999999"]) {
    it(`refuses ${value}`, () => {
      expect(refusalOf(`page=${value}`)).toBe("page does not have a valid value");
    });
  }
  it("refuses what is no number, and tells both", () => {
    expect(refusalOf("page=x&per_page=0")).toBe("page is invalid, per_page does not have a valid value");
    expect(refusalOf("page=9999999999999999999")).toBe("page is invalid");
  });
  it("keeps offsets within 2^50", () => {
    expect(pageOf(new URLSearchParams({ page: String(2 ** 43), per_page: "100" })).offset).toBeLessThan(2 ** 50);
    expect(refusalOf(`page=${2 ** 43 + 1}`)).toBe("page does not have a valid value");
  });
});
