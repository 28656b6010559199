import { RegistryError } from "./registry-error.ts";
import { isLongerThan } from "./text-length.ts";

/** As GitLab's `package_name_pattern` allows. */
const maxCharacters = 255;
/** Control characters, separators of lines and halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * Checks a pattern of package names for a protection rule: 1 to 255 characters, none of them a control character. Throws
 * `value_invalid`.
 */
export function checkNamePattern(text: string): void {
  if (text === "") throw refusal("can't be blank");
  if (isLongerThan(text, maxCharacters)) throw refusal(`is too long (maximum is ${maxCharacters} characters)`);
  if (unprintable.test(text)) throw refusal("must not have control characters");
}

/**
 * Whether a pattern matches a whole name. `*` stands for any run of characters, also none; everything else for itself,
 * case included (GitLab's package protection rules: `*` is the only wildcard, anywhere). Between the two ends each
 * literal part is taken where it is found first, which never spoils a match, so nothing is tried twice.
 */
export function matchesNamePattern(pattern: string, name: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return name === head;
  if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
  const end = name.length - tail.length;
  let position = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, position);
    if (found < 0 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}

function refusal(reason: string): RegistryError {
  return new RegistryError("value_invalid", `package_name_pattern ${reason}`, { subject: "package_name_pattern" });
}
