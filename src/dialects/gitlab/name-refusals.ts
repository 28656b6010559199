import { RegistryError } from "../../core/registry-error.ts";
import { jsonAnswer } from "./answers.ts";

const codes: ReadonlySet<string> = new Set(["name_taken", "name_invalid", "name_reserved"]);

/**
 * Runs an action and answers its refusal of a name in the words of the record that it is for; every other refusal is
 * thrown on.
 */
export async function answeringNames(action: () => Promise<Response>, answer: (problem: string, isTaken: boolean) => Response): Promise<Response> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof RegistryError) || !codes.has(error.code)) throw error;
    const isTaken = error.code === "name_taken";
    return answer(isTaken ? "has already been taken" : error.message, isTaken);
  }
}

/** lib/api/projects.rb: a taken path is told three times over. */
export function projectPathRefused(problem: string, isTaken: boolean): Response {
  const fields = isTaken ? ["project_namespace.name", "name", "path"] : ["path"];
  return jsonAnswer(400, { message: Object.fromEntries(fields.map((field) => [field, [problem]])) });
}

/** lib/api/groups.rb: the errors as Ruby prints them. */
export function groupPathRefused(problem: string): Response {
  return jsonAnswer(400, { message: `Failed to save group {:path=>["${problem.replaceAll(/["\\]/g, "'")}"]}` });
}

/** lib/api/users.rb: a taken name is a conflict. */
export function userNameRefused(problem: string, isTaken: boolean): Response {
  return isTaken ? jsonAnswer(409, { message: "Username has already been taken" }) : jsonAnswer(400, { message: { username: [problem] } });
}
