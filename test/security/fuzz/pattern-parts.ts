import { checkDuplicateException, matchesDuplicateException } from "../../../src/core/duplicate-exception.ts";
import { checkNamePattern, matchesNamePattern } from "../../../src/core/name-pattern.ts";
import { RegistryError } from "../../../src/core/registry-error.ts";
import { must, mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";

/** Whether a wildcard pattern matches, tried out for every end of every run: a table of all beginnings of both. */
function slowMatch(pattern: string, name: string): boolean {
  let row = Array.from({ length: name.length + 1 }, (_, length) => length === 0);
  for (const sign of pattern.split("")) {
    const next: boolean[] = [];
    for (let length = 0; length <= name.length; length += 1)
      next.push(sign === "*" ? row[length] === true || (length > 0 && next[length - 1] === true) : length > 0 && row[length - 1] === true && name[length - 1] === sign);
    row = next;
  }
  return row[name.length] === true;
}

function tryWildcards(fuzz: Fuzz): void {
  const pattern = fuzz.text(10, "aab*.");
  const name = fuzz.text(14, "aaab.*");
  fuzz.note([pattern, name]);
  mustEqual(matchesNamePattern(pattern, name), slowMatch(pattern, name), "the match");
  const text = fuzz.note(fuzz.changed(["@scope/pkg-*", "*", "a".repeat(255), "a".repeat(256), "\ud800", "a\u2028"]));
  try {
    checkNamePattern(text);
    must(text !== "" && [...text].length <= 255 && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text), "a pattern that can be printed");
  } catch (error) {
    if (!(error instanceof RegistryError && error.code === "value_invalid")) throw error;
  }
}

/** A pattern that RE2 and the runtime's own expressions read alike. */
function plainPattern(fuzz: Fuzz, depth: number): string {
  const atom = (): string => (depth > 0 && fuzz.oneIn(3) ? `(${plainPattern(fuzz, depth - 1)})` : fuzz.one(["a", "b", ".", "[ab]", "[^a]", "\\.", "\\d"]));
  const piece = (): string => atom() + fuzz.one(["", "", "", "*", "+", "?", "{1,2}"]);
  return [piece() + fuzz.list(2, piece).join(""), ...(fuzz.oneIn(4) ? [piece()] : [])].join("|");
}

const patterns = ["^.*-SNAPSHOT$", "(a+)+$", "(?i)foo|bar", "\\p{L}{1,20}", "[[:alpha:]]*", "((a{1,30}){1,30})", "\\Qx\\E", "(?P<n>x)", "a{1000}", "(?=x)", "\\1"];

function tryExceptions(fuzz: Fuzz): void {
  if (fuzz.oneIn(2)) {
    const pattern = plainPattern(fuzz, 2);
    const [name, version] = [fuzz.text(8, "aab1."), fuzz.text(8, "ab2.")];
    fuzz.note([pattern, name, version]);
    const whole = new RegExp(`^(?:${pattern})$`, "u");
    return mustEqual(matchesDuplicateException(pattern, name, version), whole.test(name) || whole.test(version), "the match");
  }
  const pattern = fuzz.note(fuzz.oneIn(4) ? fuzz.text(40) : fuzz.changed(patterns));
  try {
    checkDuplicateException(pattern);
  } catch (error) {
    if (error instanceof RegistryError && error.code === "value_invalid") return;
    throw error;
  }
  must([...pattern].length <= 255, "a pattern of bounded length");
  matchesDuplicateException(pattern, "a".repeat(255), `${"ab".repeat(127)}!`);
}

export const patternParts: readonly FuzzPart[] = [
  { name: "wildcards of protection rules", count: 80_000, tryOne: tryWildcards },
  { name: "exceptions from the duplicate policy", count: 6000, tryOne: tryExceptions },
];
