import { GraphQLError, Kind, parse, type DocumentNode, type SelectionSetNode } from "graphql";
import { parseBounded } from "../../../src/dialects/gitlab/graphql-bounds.ts";
import { must, mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";

/** The bounds, told again. */
const bounds = { characters: 10_000, tokens: 5000, nesting: 100, depth: 20, complexity: 300, introspected: 1000, answers: 40_000 } as const;
/** About how many items the lists of an introspection have. */
const sizes: Readonly<Record<string, number>> = { types: 35, fields: 6, args: 2, inputFields: 4, enumValues: 8, directives: 5, possibleTypes: 2, interfaces: 2 };
/** More selections than any bound allows. */
const endless = 3000;

/** How deep the brackets of a text go, strings and comments left out; what is no text of the language has any depth. */
function nestingOf(text: string): number {
  const plain = text.replaceAll(/"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n\r])*"|#[^\n\r]*/g, " ");
  let [nesting, deepest] = [0, 0];
  for (const sign of plain) {
    if ("{[(".includes(sign)) nesting += 1;
    if ("}])".includes(sign)) nesting -= 1;
    deepest = Math.max(deepest, nesting);
  }
  return deepest;
}

interface Visit {
  readonly set: SelectionSetNode;
  readonly depth: number;
  readonly isIntrospected: boolean;
  /** How often what is selected here is answered. */
  readonly times: number;
  /** The fragments that this is in. */
  readonly within: readonly string[];
}

/** Whether sets of selections stay within the bounds, with every fragment written out each time that it is used. */
function isWithinBounds(sets: readonly SelectionSetNode[], fragments: ReadonlyMap<string, SelectionSetNode>): boolean {
  const waiting = sets.map((set): Visit => ({ set, depth: 0, isIntrospected: false, times: 1, within: [] }));
  const count = { complexity: 0, introspected: 0, answers: 0 };
  let deepest = 0;
  for (let visit = waiting.pop(); visit !== undefined; visit = waiting.pop())
    for (const selection of visit.set.selections) {
      count[visit.isIntrospected ? "introspected" : "complexity"] += 1;
      if (count.complexity + count.introspected > endless) return false;
      if (selection.kind === Kind.INLINE_FRAGMENT) waiting.push({ ...visit, set: selection.selectionSet });
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        if (visit.within.includes(name)) return false;
        const set = fragments.get(name);
        if (set !== undefined) waiting.push({ ...visit, set, within: [...visit.within, name] });
      }
      if (selection.kind !== Kind.FIELD) continue;
      const name = selection.name.value;
      const depth = visit.depth + 1;
      deepest = Math.max(deepest, depth);
      count.answers += visit.times;
      const isIntrospected = visit.isIntrospected || name === "__schema" || name === "__type";
      const times = visit.times * (Object.hasOwn(sizes, name) ? (sizes[name] ?? 1) : 1);
      if (selection.selectionSet !== undefined) waiting.push({ ...visit, set: selection.selectionSet, depth, isIntrospected, times });
    }
  return deepest <= bounds.depth && count.complexity <= bounds.complexity && count.introspected <= bounds.introspected && count.answers <= bounds.answers;
}

/** All operations together, and each fragment by itself. */
function isBounded({ definitions }: DocumentNode): boolean {
  const named = definitions.flatMap((definition) => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet] as const] : []));
  const operations = definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION ? [definition.selectionSet] : []));
  const fragments = new Map(named);
  return isWithinBounds(operations, fragments) && named.every(([, set]) => isWithinBounds([set], fragments));
}

/** What the language's own parser makes of a text; null where it refuses it. */
function parsed(text: string): DocumentNode | null {
  try {
    return parse(text, { maxTokens: bounds.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

const fieldNames = ["project", "nodes", "name", "__typename", "__schema", "__type", "types", "fields", "args", "inputFields", "enumValues", "ofType"] as const;

function selections(fuzz: Fuzz, depth: number): string {
  const one = (): string => {
    const nested = depth > 0 ? selections(fuzz, depth - 1) : "";
    const suffix = nested === "" || fuzz.oneIn(3) ? "" : ` { ${nested} }`;
    switch (fuzz.whole(0, 10)) {
      case 0:
        return `...F${fuzz.whole(0, 5)}`;
      case 1:
        return nested === "" ? "a: name" : `... on Query { ${nested} }`;
      case 2:
        return `project(fullPath: ${fuzz.one(['"a/b"', '"{{"', '"""["""', "[[1]]", "{a: {b: 1}}"])})${suffix}`;
      case 3:
        return `${fuzz.one(["__typename ", "name ", "...F0 "]).repeat(fuzz.one([1, 30, 149, 299, 300]))}`;
      default:
        return fuzz.one(fieldNames) + suffix;
    }
  };
  return [one(), ...fuzz.list(2, one)].join(" ");
}

/** A query of some fragments, a few levels deep or as deep as the bound. */
function query(fuzz: Fuzz): string {
  const chain = fuzz.oneIn(3) ? fuzz.whole(0, 23) : fuzz.oneIn(40) ? fuzz.whole(96, 103) : 0;
  const body = `${`${fuzz.one(["a", "types", "__schema"])} { `.repeat(chain)}${selections(fuzz, 3)}${" }".repeat(chain)}`;
  const fragment = (index: number): string => ` fragment F${index} on Query { ${fuzz.oneIn(2) ? `...F${index + 1} ...F${index + 1}` : selections(fuzz, 1)} }`;
  return `${fuzz.one(["{", "query {", "mutation M {", "# x {\n{"])} ${body} }${[0, 1, 2, 3, 4].map((index) => (fuzz.oneIn(3) ? "" : fragment(index))).join("")}`;
}

const tricky = ["{ a }", 'query($a: [Int!]! = [1]) { a(b: """\\""" { """) }', "{ a { ...F } } fragment F on A { ...F }", "{ a } { b }", "type A { b: C }", `{ ${"a ".repeat(4998)}}`, "fragment F on A { b }", "{ a(b: \"\\u{110000}\") }", "subscription { a }"];

function tryQueries(fuzz: Fuzz): void {
  const text = fuzz.note(fuzz.oneIn(3) ? fuzz.changed([...tricky, query(fuzz)]) : query(fuzz));
  let taken: DocumentNode | null = null;
  try {
    taken = parseBounded(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
  }
  const isShort = text.length <= bounds.characters && nestingOf(text) <= bounds.nesting;
  const document = isShort ? parsed(text) : null;
  mustEqual(taken !== null, document !== null && isBounded(document), "taken within the bounds");
  must(taken === null || taken.definitions.length === document?.definitions.length, "the whole text");
}

export const graphqlPart: FuzzPart = { name: "GraphQL", count: 8000, tryOne: tryQueries };
