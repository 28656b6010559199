/**
 * The case-folded form of a name, for comparison without case: every code point lower-cased by itself, as Go's
 * strings.ToLower does, so that the result never depends on its neighbours (JavaScript's own toLowerCase turns a
 * final capital sigma into another letter than one inside a word). SQL's lower() knows ASCII only.
 */
export function foldName(name: string): string {
  if (asciiWithoutCapitals.test(name)) return name;
  let folded = "";
  for (const character of name) folded += foldCharacter(character);
  return folded;
}

const asciiWithoutCapitals = /^[\0-@[-\x7f]*$/;

function foldCharacter(character: string): string {
  const lower = character.toLowerCase();
  // U+0130 is the one character whose lower case is two code points; the simple mapping keeps the first.
  return lower.length > character.length ? String.fromCodePoint(lower.codePointAt(0) ?? 0) : lower;
}
