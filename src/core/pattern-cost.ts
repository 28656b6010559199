/** What a pattern of RE2's syntax costs before it is compiled; both are upper bounds. */
export interface PatternCost {
  /** Instructions of the compiled program, with every counted repetition written out. */
  readonly instructions: number;
  /** Character classes whose tables are large: a `\p` counts one, a wide range that ignores case ten. */
  readonly largeClasses: number;
}

/** A text of the pattern that the scan takes as one piece. The order of the alternatives matters. */
const token =
  /\\Q([^]*?)(?:\\E|$)|\((?:\?P?<[^>]*>|\?[a-zA-Z-]*:?)?|\{(\d+)(?:,(\d*))?\}|\\[pPx]\{[^}]*\}|\\(?:[pP]\w|x[0-9a-fA-F]{2}|[0-7]{1,3})|\\?[^]/uy;
const classToken = /\[:[a-z^]*:\]|\\[pPx]\{[^}]*\}|\\?[^]/uy;
const ignoresCase = /\(\?[imsU-]*i/;
/** A range that ends beyond Latin-1: ignoring case, each of its characters is folded by itself. */
const wideRange = /-(?:\\x\{|[^\0-\xff])/gu;
const unicodeClass = /\\[pP]/g;
const wideRangeWeight = 10;

/** A group that is open: what stands in it so far, and of that the last piece, which a repetition would repeat. */
interface OpenGroup {
  before: number;
  last: number;
}

/**
 * Estimates a pattern without compiling it, in time linear to its length: a repetition of a repetition costs a few
 * characters to write and a thousand times that to compile. The result is at least what the compiler makes; for a
 * pattern that has no valid syntax it means nothing. Never throws.
 */
export function estimatePatternCost(pattern: string): PatternCost {
  const folds = ignoresCase.test(pattern);
  // Start: the instructions for failure and success, and for emptiness.
  let group: OpenGroup = { before: 3, last: 0 };
  const outer: OpenGroup[] = [];
  let largeClasses = 0;
  let position = 0;
  const append = (instructions: number): void => {
    group.before += group.last;
    group.last = instructions;
  };
  while (position < pattern.length) {
    const end = pattern[position] === "[" ? endOfClass(pattern, position) : endOfToken(token, pattern, position);
    const text = pattern.slice(position, end);
    position = end;
    const counts = /^\{(\d+)(?:,(\d*))?\}$/.exec(text);
    if (counts !== null) {
      const least = Number(counts[1]);
      const most = Math.max(1, least, Number(counts[2] ?? 0));
      // Every copy that may be missing takes an instruction of its own.
      group.last = group.last * most + (counts[2] === undefined ? 0 : most - Math.min(least, most)) + 2;
    } else if (text.startsWith("(")) {
      const isFlagsOnly = text.startsWith("(?") && !/[:>]$/.test(text);
      // Flags end with their own parenthesis and repeat nothing: what follows repeats what stood before them.
      if (isFlagsOnly) position += 1;
      else {
        outer.push(group);
        // What is captured takes instructions for where it begins and ends.
        group = { before: text === "(" || text.endsWith(">") ? 2 : 0, last: 0 };
      }
    } else if (text === ")") {
      const inside: number = group.before + group.last;
      group = outer.pop() ?? group;
      // Emptiness takes an instruction too.
      append(inside <= 2 ? inside + 1 : inside);
    } else if (text === "|") append(2);
    else if (text === "*") group.last += 2;
    else if (text === "+" || text === "?") group.last += 1;
    else {
      append(text.startsWith("\\Q") ? text.length : 1);
      largeClasses += weighClasses(text, folds);
    }
  }
  const open = [...outer, group].reduce((sum, { before, last }) => sum + before + last, 0);
  return { instructions: open, largeClasses };
}

function weighClasses(text: string, folds: boolean): number {
  if (text.startsWith("\\Q")) return 0;
  const wideRanges = folds && text.startsWith("[") ? (text.match(wideRange)?.length ?? 0) : 0;
  return (text.match(unicodeClass)?.length ?? 0) + wideRanges * wideRangeWeight;
}

/** Where a class such as `[^]a-z]` ends; a closing bracket that comes first stands for itself. */
function endOfClass(pattern: string, start: number): number {
  let position = start + 1;
  if (pattern[position] === "^") position += 1;
  for (let isFirst = true; position < pattern.length; isFirst = false) {
    if (pattern[position] === "]" && !isFirst) return position + 1;
    position = endOfToken(classToken, pattern, position);
  }
  return pattern.length;
}

function endOfToken(kind: RegExp, pattern: string, position: number): number {
  kind.lastIndex = position;
  return kind.test(pattern) ? kind.lastIndex : position + 1;
}
