import { describe, expect, it } from "bun:test";
import { booleanOf, integerOf, listOf, textOf } from "../../src/http/parameter-coercion.ts";
import { checkedParameters, createParameterReader, ParameterError, type ParameterReader } from "../../src/http/parameter-reader.ts";
import type { ParameterMap } from "../../src/http/parameter-value.ts";

/** The problems of some parameters. */
function problemsOf(parameters: ParameterMap, ask: (reader: ParameterReader) => unknown): string | null {
  const reader = createParameterReader(parameters);
  ask(reader);
  try {
    reader.finish();
    return null;
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return error.message;
  }
}

const missing = { kind: "missing" };
const blank = { kind: "blank" };
const wrong = { kind: "wrong" };

describe("the types of parameters", () => {
  it("reads text", () => {
    expect<unknown>(["x", "", 5, true, null, ["x"], {}].map((a) => textOf({ a }, "a"))).toEqual([
      { kind: "value", value: "x" }, { kind: "value", value: "" }, { kind: "value", value: "5" }, { kind: "value", value: "true" }, blank, wrong, wrong,
    ]);
    expect<unknown>(textOf({}, "a")).toEqual(missing);
    expect<unknown>(textOf({}, "constructor")).toEqual(missing);
  });
  it("reads integers", () => {
    for (const [given, value] of [[7, 7], ["7", 7], ["-07", -7], ["+1", 1], ["999999999999999", 999_999_999_999_999]] as const)
      expect<unknown>(integerOf({ a: given }, "a")).toEqual({ kind: "value", value });
    for (const given of ["x", "1.5", 1.5, " 1", "1e3", "0x1", "9999999999999999", 2 ** 60, true, [1]]) expect<unknown>(integerOf({ a: given }, "a")).toEqual(wrong);
    expect<unknown>([integerOf({ a: "" }, "a"), integerOf({ a: null }, "a"), integerOf({}, "a")]).toEqual([blank, blank, missing]);
  });
  it("reads booleans as Grape does", () => {
    for (const given of [true, 1, "1", "true", "t", "on", "yes", "Y"]) expect<unknown>(booleanOf({ a: given }, "a")).toEqual({ kind: "value", value: true });
    for (const given of [false, 0, "0", "false", "f", "off", "NO"]) expect<unknown>(booleanOf({ a: given }, "a")).toEqual({ kind: "value", value: false });
    for (const given of ["maybe", 2, "tRue", [], {}]) expect<unknown>(booleanOf({ a: given }, "a")).toEqual(wrong);
    expect<unknown>([booleanOf({ a: "" }, "a"), booleanOf({ a: null }, "a"), booleanOf({}, "a")]).toEqual([blank, blank, missing]);
  });
  it("reads lists", () => {
    for (const [given, value] of [[["a,b", 1], ["a,b", "1"]], ["a, b,,c", ["a", "b", "c"]], ["a", ["a"]], [3, ["3"]], [[], []], ["", []]] as const)
      expect<unknown>(listOf({ a: given }, "a")).toEqual({ kind: "value", value });
    for (const given of [{}, [["a"]], [null], true]) expect<unknown>(listOf({ a: given }, "a")).toEqual(wrong);
    expect<unknown>([listOf({ a: null }, "a"), listOf({}, "a")]).toEqual([blank, missing]);
  });
});

describe("a parameter reader", () => {
  it("gives what a handler asks for", () => {
    const given = { name: "n", level: "30", flag: "true", scopes: "api,read_api", sort: "desc", when: null, note: "", filter: { scope: "*" }, links: [{ url: "u" }, { url: "v" }] };
    const read = checkedParameters(given, (reader) => ({
      name: reader.requiredText("name", { pattern: /^n$/ }),
      level: reader.requiredInteger("level", { values: [30, 40] }),
      flag: reader.requiredBoolean("flag"),
      other: reader.boolean("other", true),
      scopes: reader.requiredList("scopes", ["api", "read_api"]),
      sort: reader.oneOf("sort", ["asc", "desc"], "asc"),
      order: reader.oneOf("order_by", ["id", "name"], "id"),
      kind: reader.requiredOneOf("sort", ["asc", "desc"]),
      when: reader.optionalText("when"),
      note: reader.optionalText("note"),
      limit: reader.optionalInteger("note"),
      size: reader.integer("size", 7, { min: 8 }),
      absent: reader.optionalText("absent"),
      scope: reader.optionalMap("filter")?.requiredText("scope"),
      urls: reader.optionalMaps("links")?.map((link) => link.requiredText("url")),
      nothing: reader.optionalMap("nothing"),
      empty: reader.requiredText("note", { mayBeEmpty: true }),
      has: [reader.has("when"), reader.has("absent"), reader.has("toString")],
    }));
    expect(read).toEqual({
      name: "n", level: 30, flag: true, other: true, scopes: ["api", "read_api"], sort: "desc", order: "id", kind: "desc", when: null, note: "",
      limit: null, size: 7, absent: undefined, scope: "*", urls: ["u", "v"], nothing: undefined, empty: "", has: [true, false, false],
    });
  });
  it("tells every problem in the order of the questions", () => {
    const given = { a: "", c: {}, d: "x", e: "31", f: "x", g: ["api", "no"], h: "no", i: "1", j: "", k: [1], l: null };
    expect(problemsOf(given, (reader) => {
      reader.requiredText("a");
      reader.requiredText("b");
      reader.optionalText("c");
      reader.requiredText("d", { pattern: /^y$/ });
      reader.requiredInteger("e", { max: 30 });
      reader.optionalInteger("f");
      reader.optionalList("g", ["api"]);
      reader.requiredOneOf("h", ["yes"]);
      reader.integer("i", 1, { values: [2] });
      reader.requiredList("j");
      reader.optionalMaps("k");
      reader.requiredBoolean("l");
      reader.refuse("m", "is too long");
    })).toBe(
      "a is empty, b is missing, c is invalid, d is invalid, e does not have a valid value, f is invalid, g does not have a valid value, " +
        "h does not have a valid value, i does not have a valid value, j is empty, k is invalid, l is empty, m is too long",
    );
  });
  it("names nested parameters in full", () => {
    expect(problemsOf({ assets: { links: [{ url: "u" }, {}] }, filter: "x" }, (reader) => {
      for (const link of reader.optionalMap("assets")?.optionalMaps("links") ?? []) link.requiredText("url");
      reader.optionalMap("filter");
    })).toBe("assets[links][1][url] is missing, filter is invalid");
  });
  it("tells each problem of a choice once", () => {
    const ask = (reader: ParameterReader) => reader.requiredOneOf("a", ["x"]);
    expect(problemsOf({}, ask)).toBe("a is missing");
    expect(problemsOf({ a: null }, ask)).toBe("a is empty");
    expect(problemsOf({ a: {} }, ask)).toBe("a is invalid");
    expect(problemsOf({ a: "y" }, ask)).toBe("a does not have a valid value");
    expect(problemsOf({ a: "x" }, ask)).toBeNull();
    expect(problemsOf({ a: null }, (reader) => reader.oneOf("a", ["x"], "x"))).toBeNull();
  });
  it("wants at least one of some", () => {
    const ask = (reader: ParameterReader) => reader.atLeastOneOf(["a", "b"]);
    expect(problemsOf({ c: 1 }, ask)).toBe("a, b are missing, at least one parameter must be provided");
    expect(problemsOf({ b: null }, ask)).toBeNull();
  });
  it("does not let a handler act on what is wrong", () => {
    expect(() => checkedParameters({}, (reader) => reader.requiredText("a"))).toThrow(new ParameterError("a is missing"));
  });
});
