import { GraphQLError, Kind, Lexer, parse, Source, TokenKind, type DocumentNode, type FieldNode, type SelectionSetNode } from "graphql";

/** GitLab's own bounds (gitlab_schema.rb: DEFAULT_MAX_COMPLEXITY, max_depth; config of max_query_size). */
const maxCharacters = 10_000;
const maxDepth = 20;
const maxComplexity = 300;
/** What tools ask of a schema is larger, and answered from memory. */
const maxIntrospected = 1000;
/** Fields that an introspection answers at most, by the sizes of lists below; the one of graphql-js has about 12,000. */
const maxIntrospectionAnswers = 40_000;
const maxTokens = 5000;
/** The parser calls itself for what is nested. */
const maxNesting = 100;

/** About how many items the lists of an introspection have here. */
const listSizes: ReadonlyMap<string, number> = new Map([
  ["types", 35], ["fields", 6], ["args", 2], ["inputFields", 4], ["enumValues", 8], ["directives", 5], ["possibleTypes", 2], ["interfaces", 2],
]);

/**
 * Parses a query within bounds of its length, nesting, depth and cost, all of them judged before anything is validated or
 * executed, in time linear in the text: fragments are measured once, not expanded. Throws `GraphQLError` in GitLab's words.
 */
export function parseBounded(text: string): DocumentNode {
  if (text.length > maxCharacters) throw new GraphQLError("Query too large");
  checkNesting(text);
  const document = parse(text, { maxTokens });
  checkCost(document);
  return document;
}

function checkNesting(text: string): void {
  const lexer = new Lexer(new Source(text));
  let nesting = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    if (token.kind === TokenKind.BRACE_L || token.kind === TokenKind.BRACKET_L || token.kind === TokenKind.PAREN_L) nesting += 1;
    if (token.kind === TokenKind.BRACE_R || token.kind === TokenKind.BRACKET_R || token.kind === TokenKind.PAREN_R) nesting -= 1;
    if (nesting > maxNesting) throw new GraphQLError("Query is nested too deeply");
  }
}

/** What a set of selections amounts to with all fragments written out; a huge number where that would be endless. */
interface Measure {
  readonly depth: number;
  /** Selections outside introspection. */
  readonly complexity: number;
  /** Selections below `__schema` and `__type`, and the fields of their answer. */
  readonly introspected: number;
  readonly answers: number;
}

const nothing: Measure = { depth: 0, complexity: 0, introspected: 0, answers: 0 };

/** Unused fragments count as well: they are validated like all others. */
function checkCost(document: DocumentNode): void {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  const known = new Map<string, Measure | "running">();
  let total = nothing;
  for (const definition of document.definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) {
      const measure = measureSet(definition.selectionSet, { fragments, known });
      // A fragment counts where it is used; by itself it must not exceed the bounds either.
      total = definition.kind === Kind.OPERATION_DEFINITION ? sum(total, measure) : total;
      refuseExcess(measure);
    }
  refuseExcess(total);
}

function refuseExcess({ depth, complexity, introspected, answers }: Measure): void {
  if (depth > maxDepth) throw new GraphQLError(`Query has depth of ${depth}, which exceeds max depth of ${maxDepth}`);
  if (complexity > maxComplexity)
    throw new GraphQLError(`Query has complexity of ${complexity}, which exceeds max complexity of ${maxComplexity}`);
  if (introspected > maxIntrospected || answers > maxIntrospectionAnswers) throw new GraphQLError("Query asks too much of the schema");
}

interface Known {
  readonly fragments: ReadonlyMap<string, SelectionSetNode>;
  readonly known: Map<string, Measure | "running">;
}

function measureSet(set: SelectionSetNode, known: Known): Measure {
  let total = nothing;
  for (const selection of set.selections) {
    switch (selection.kind) {
      case Kind.FIELD:
        total = sum(total, measureField(selection, known));
        break;
      case Kind.INLINE_FRAGMENT:
        total = sum(total, one, measureSet(selection.selectionSet, known));
        break;
      case Kind.FRAGMENT_SPREAD:
        total = sum(total, one, measureFragment(selection.name.value, known));
    }
  }
  return total;
}

const one: Measure = { depth: 0, complexity: 1, introspected: 0, answers: 0 };

function measureField({ name, selectionSet }: FieldNode, known: Known): Measure {
  const below = selectionSet === undefined ? nothing : measureSet(selectionSet, known);
  const depth = below.depth + 1;
  const answers = 1 + (listSizes.get(name.value) ?? 1) * below.answers;
  if (name.value !== "__schema" && name.value !== "__type")
    return { depth, complexity: below.complexity + 1, introspected: below.introspected, answers };
  return { depth, complexity: 1, introspected: below.introspected + below.complexity, answers };
}

function measureFragment(name: string, { fragments, known }: Known): Measure {
  const found = known.get(name);
  if (found === "running") throw new GraphQLError(`Cannot spread fragment "${name}" within itself.`);
  if (found !== undefined) return found;
  const set = fragments.get(name);
  // One that does not exist is the validation's to refuse.
  if (set === undefined) return nothing;
  known.set(name, "running");
  const measure = measureSet(set, { fragments, known });
  known.set(name, measure);
  return measure;
}

function sum(...measures: readonly Measure[]): Measure {
  let { depth, complexity, introspected, answers } = nothing;
  for (const measure of measures) {
    depth = Math.max(depth, measure.depth);
    complexity += measure.complexity;
    introspected += measure.introspected;
    answers += measure.answers;
  }
  return { depth, complexity, introspected, answers };
}
