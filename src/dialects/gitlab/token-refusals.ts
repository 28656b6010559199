import { RegistryError } from "../../core/registry-error.ts";
import { jsonAnswer } from "./answers.ts";

/** Who may not is unauthorized here, where other routes say forbidden (lib/api/personal_access_tokens.rb). */
export async function withoutRight401(answer: () => Promise<Response>): Promise<Response> {
  return answer().catch((error: unknown) => {
    throw lacksRight(error) ? new RegistryError("credentials_invalid", "the right to do this is missing", { cause: error }) : error;
  });
}

/** Whatever does not fit a token is a bad request in one sentence (render of the token services' errors). */
export async function wrongValue400(answer: () => Promise<Response>): Promise<Response> {
  return answer().catch((error: unknown) => {
    if (error instanceof RegistryError && error.code === "value_invalid") return badRequest(sentenceOf(error));
    throw error;
  });
}

/** Who may not make a token is told so in a bad request (lib/api/resource_access_tokens.rb). */
export async function withoutRight400(answer: () => Promise<Response>, sentence: string): Promise<Response> {
  return answer().catch((error: unknown) => {
    if (lacksRight(error)) return badRequest(sentence);
    throw error;
  });
}

/** Not the refusal of what one may not even see. */
function lacksRight(error: unknown): boolean {
  return error instanceof RegistryError && error.code === "rights_missing" && error.details.isVisible !== false;
}

/** Problems with one field begin with its name, unless they are whole sentences. */
function sentenceOf({ message, details }: RegistryError): string {
  return details.subject === undefined || /^[A-Z]/.test(message) ? message : `${details.subject} ${message}`;
}

function badRequest(sentence: string): Response {
  return jsonAnswer(400, { message: `400 Bad request - ${sentence}` });
}
