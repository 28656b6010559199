/** The letters and digits of ASCII. */
export const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Whether a text has no characters but these. */
export function isMadeOf(text: string, allowed: string): boolean {
  return [...text].every((character) => allowed.includes(character));
}

/** How many bytes a text has in UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/** How many characters a text has, one beyond the basic plane being one. */
export function charactersOf(text: string): number {
  return [...text].length;
}

/** Whether a text has one of the characters that move a cursor or a terminal, C0, DEL and C1. */
export function hasControl(text: string): boolean {
  return text.split("").some((unit) => unit < " " || (unit >= "\x7f" && unit <= "\x9f"));
}

/** Whether a text has white space as JavaScript knows it, or nothing else. */
export function hasBlank(text: string): boolean {
  return text.split("").some((unit) => unit.trim() === "");
}
