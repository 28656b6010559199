import { describe, expect, it } from "bun:test";
import { decodeCursor, encodeCursor } from "../../src/http/cursor.ts";

describe("cursors", () => {
  for (const value of [{ id: "7", _kd: "n" }, ["ä?>~", 1.5, null], "", 0]) {
    it(`carry ${JSON.stringify(value)}`, () => {
      const text = encodeCursor(value);
      expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeCursor(text)).toEqual(value);
    });
  }
  it("may have padding", () => {
    expect(decodeCursor("eyJpZCI6IjciLCJfa2QiOiJuIn0=")).toEqual({ id: "7", _kd: "n" });
  });
  for (const text of ["", "====", "not a cursor", "e30\n", "e3+/", "e3t9", "_w", "x".repeat(10)]) {
    it(`are not ${JSON.stringify(text)}`, () => expect(decodeCursor(text)).toBeNull());
  }
  it("hold the longest path of a file, escaped as it may be", () => {
    const key = ["file_name", "desc", '"'.repeat(1024), Number.MAX_SAFE_INTEGER];
    expect(decodeCursor(encodeCursor(key))).toEqual(key);
  });
  it("have at most 4 KiB", () => {
    const longest = "x".repeat(3070);
    expect(encodeCursor(longest).length).toBe(4096);
    expect(decodeCursor(encodeCursor(longest))).toBe(longest);
    expect(() => encodeCursor(`${longest}x`)).toThrow(RangeError);
    expect(decodeCursor(Buffer.from(JSON.stringify(`${longest}x`)).toString("base64url"))).toBeNull();
  });
});
