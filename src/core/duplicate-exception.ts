import { RE2JS, RE2JSCompileException, RE2JSSyntaxException } from "re2js";
import { estimatePatternCost } from "./pattern-cost.ts";
import { RegistryError } from "./registry-error.ts";
import { isLongerThan } from "./text-length.ts";

/** As GitLab's `generic_duplicate_exception_regex` allows. */
const maxCharacters = 255;
/** With both bounds the dearest patterns known take about 25 ms on two long names, compiling included. */
const maxInstructions = 1200;
const maxLargeClasses = 40;

/**
 * An alternative that nothing matches (something after the end), put before the pattern. It keeps the engine from its
 * one-pass program, whose construction takes time with the cube of the length, and changes neither the meaning nor
 * whether the syntax is valid: what follows a bar is read as what begins a pattern.
 */
const neverMatching = "\\zx|";

/** Compiled patterns, the least recently used first; a group's uploads ask for the same one again and again. */
const compiled = new Map<string, RE2JS>();
const maxCompiled = 64;

/**
 * Checks a pattern that names packages or versions excepted from the duplicate policy: RE2 syntax as in GitLab's
 * `generic_duplicate_exception_regex`, at most 255 characters. Throws `value_invalid` for anything else, and for a
 * pattern so large that matching a name would take 50 ms: more than about 1,200 instructions with all repetitions
 * written out, or more than 40 Unicode classes.
 */
export function checkDuplicateException(text: string): void {
  compile(text);
}

/**
 * Whether a pattern matches a package's whole name or its whole version (GitLab, Gitlab::UntrustedRegexp between `\A`
 * and `\z`; here each alternative of `a|b` is held to both ends). The empty pattern matches no name. Time is linear in
 * the length of the texts, without backtracking. Throws as checkDuplicateException does.
 */
export function matchesDuplicateException(pattern: string, packageName: string, version: string): boolean {
  const expression = compile(pattern);
  // Not testExact: that builds an automaton while matching, which adversarial patterns make four times slower.
  return expression.matcher(packageName).matches() || expression.matcher(version).matches();
}

function compile(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  const expression = known ?? compileAnew(pattern);
  compiled.delete(pattern);
  compiled.set(pattern, expression);
  const oldest = compiled.keys().next().value;
  if (compiled.size > maxCompiled && oldest !== undefined) compiled.delete(oldest);
  return expression;
}

function compileAnew(pattern: string): RE2JS {
  if (isLongerThan(pattern, maxCharacters)) throw refusal(`is longer than ${maxCharacters} characters`);
  if (!pattern.isWellFormed()) throw refusal("is no valid Unicode");
  if (pattern.includes("\0")) throw refusal("has a character that no text has");
  const { instructions, largeClasses } = estimatePatternCost(pattern);
  if (instructions > maxInstructions) throw refusal("is too large: use fewer or smaller repetitions");
  if (largeClasses > maxLargeClasses) throw refusal("is too large: use fewer Unicode classes and ranges");
  try {
    return RE2JS.compile(neverMatching + pattern);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw refusal(`is not valid RE2 syntax: ${error.error}`);
    if (error instanceof RE2JSCompileException) throw refusal("is not valid RE2 syntax");
    throw error;
  }
}

function refusal(reason: string): RegistryError {
  return new RegistryError("value_invalid", `the exception pattern ${reason}`, { subject: "duplicate_exception_regex" });
}
