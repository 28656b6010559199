/**
 * Whether a text has more characters (code points) than that. None is more than two units long: a text of megabytes is not
 * counted out.
 */
export function isLongerThan(text: string, maxCharacters: number): boolean {
  return text.length > maxCharacters && (text.length > 2 * maxCharacters || [...text].length > maxCharacters);
}
