import { ConfigError } from "../config.ts";
import { RegistryError, type RegistryErrorCode } from "../core/registry-error.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";

/** Ends a command with one line for the user. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** The user wrote something that cannot be meant. */
export function usageError(message: string): CommandError {
  return new CommandError(exitCodes.wrongUsage, message);
}

/** The operation cannot be done as things are. */
export function refusal(message: string): CommandError {
  return new CommandError(exitCodes.refused, message);
}

/** The exit code and the one line that an error means to a user; never a stack. */
export function describeError(error: unknown): { readonly exitCode: ExitCode; readonly message: string } {
  if (error instanceof CommandError) return { exitCode: error.exitCode, message: oneLine(error.message) };
  if (error instanceof ConfigError) return { exitCode: exitCodes.wrongUsage, message: oneLine(error.message) };
  if (error instanceof RegistryError) return { exitCode: exitCodeOf(error.code), message: oneLine(wordsFor(error)) };
  return { exitCode: exitCodes.failed, message: oneLine(`something failed that should not: ${messageOf(error)}`) };
}

/** What an error says of itself. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function exitCodeOf(code: RegistryErrorCode): ExitCode {
  switch (code) {
    case "value_invalid":
    case "name_invalid":
    case "name_reserved":
      return exitCodes.wrongUsage;
    case "storage_failed":
    case "storage_full":
    case "storage_busy":
      return exitCodes.failed;
    default:
      return exitCodes.refused;
  }
}

/** The core's messages keep the words of the dialect that needs them; a person at a terminal gets these. */
function wordsFor(error: RegistryError): string {
  const subject = error.details.subject ?? "";
  switch (error.code) {
    case "user_not_found":
      return `there is no user "${subject}"`;
    case "token_not_found":
      return `there is no token "${subject}" of this user`;
    case "name_taken":
      return `the name "${subject}" is taken already`;
    case "name_reserved":
      return `the name "${subject}" is reserved: choose another`;
    case "email_taken":
      return `the e-mail address ${subject} belongs to another account`;
    default:
      return error.message;
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
