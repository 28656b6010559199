import { RegistryError, type RegistryErrorCode } from "../../../src/core/registry-error.ts";
import { ParameterError } from "../../../src/http/parameter-reader.ts";

/** What a rule makes of an input: it takes it, or refuses it with one of the errors that it may refuse with. Throws any other error. */
export function outcomeOf(check: () => unknown): "taken" | "parameter" | RegistryErrorCode {
  try {
    check();
    return "taken";
  } catch (error) {
    if (error instanceof RegistryError) return error.code;
    if (error instanceof ParameterError) return "parameter";
    throw error;
  }
}

/** Whether a rule takes a text. */
export function isTaken(check: () => unknown): boolean {
  return outcomeOf(check) === "taken";
}
