import { randomBytes } from "node:crypto";
import { parsePassword } from "../config-values.ts";
import type { Call, Flag } from "./command.ts";
import { usageError } from "./command-error.ts";

export const passwordFlag: Flag = {
  name: "password-stdin",
  value: null,
  meaning: "Read the password from the standard input; otherwise one is made and printed once",
};

/** A password for an account, read or made; `generated` is null unless it was made here. */
export async function newPassword(call: Call): Promise<{ readonly password: string; readonly generated: string | null }> {
  if (!call.flags.has(passwordFlag.name)) {
    const generated = randomBytes(15).toString("base64url");
    return { password: generated, generated };
  }
  const parsed = parsePassword((await call.readInput()).replace(/\r?\n$/, ""));
  if ("problem" in parsed) throw usageError(`the password ${parsed.problem} (hint: ${parsed.hint})`);
  return { password: parsed.value, generated: null };
}
