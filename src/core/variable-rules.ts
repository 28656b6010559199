import type { Variable } from "./domain.ts";
import { RegistryError } from "./registry-error.ts";
import { isLongerThan } from "./text-length.ts";

/** What decides whether a variable's fields will do. */
export interface CheckedVariable extends Pick<Variable, "environmentScope" | "description" | "isMasked" | "isRaw"> {
  readonly value: string;
}

const maxNameCharacters = 255;
const maxValueCharacters = 10_000;

/** A value that a log can be searched for: one line, nothing that a shell or a variable reference would change. */
const maskable = /^[A-Za-z0-9_+=/@:.~-]{8,}$/;
/** A raw value is not expanded, so that only white space stands against it. */
const maskableRaw = /^\S{8,}$/;

/** Throws `value_invalid` for a key that is not 1 to 255 ASCII letters, digits and underscores (GitLab, Ci::HasVariable). */
export function checkVariableKey(key: string): void {
  if (key === "") throw refusal("key", "can't be blank");
  if (key.length > maxNameCharacters) throw refusal("key", `is too long (maximum is ${maxNameCharacters} characters)`);
  if (!/^[A-Za-z0-9_]+$/.test(key)) throw refusal("key", "can contain only letters, digits and '_'.");
}

/**
 * Throws `value_invalid`, with the field in its details and GitLab's words, for what a variable may not be: a value of more
 * than 10,000 characters, or one that cannot be masked as asked (Ci::Maskable), a wrong environment scope, a long description.
 */
export function checkVariable({ value, isMasked, isRaw, environmentScope, description }: CheckedVariable): void {
  if (isLongerThan(value, maxValueCharacters))
    throw refusal("value", `The value of the provided variable exceeds the ${maxValueCharacters} character limit`);
  if (!value.isWellFormed()) throw refusal("value", "is invalid");
  if (isMasked && !(isRaw ? maskableRaw : maskable).test(value)) throw refusal("value", "is invalid");
  checkEnvironmentScope(environmentScope);
  if (description === null) return;
  if (isLongerThan(description, maxNameCharacters))
    throw refusal("description", `is too long (maximum is ${maxNameCharacters} characters)`);
  if (!description.isWellFormed()) throw refusal("description", "is invalid");
}

function checkEnvironmentScope(scope: string): void {
  if (scope.trim() === "") throw refusal("environment_scope", "can't be blank");
  if (scope.length > maxNameCharacters)
    throw refusal("environment_scope", `is too long (maximum is ${maxNameCharacters} characters)`);
  if (!/^[A-Za-z0-9_/${}. *-]+$/.test(scope))
    throw refusal("environment_scope", "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces");
}

function refusal(subject: string, message: string): RegistryError {
  return new RegistryError("value_invalid", message, { subject });
}
