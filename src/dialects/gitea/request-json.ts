import type * as z from "zod";
import type { Visibility } from "../../core/domain.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Exchange } from "../../http/exchange.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { apiMessage } from "./errors.ts";
import { parseVisibility } from "./wire.ts";

const bounds = { maxBytes: 64 * 1024, maxDepth: 16 };

const malformations = {
  malformed: "the body is no JSON",
  not_utf8: "the body is no UTF-8",
  too_deep: `the body is nested deeper than ${bounds.maxDepth}`,
} as const;

/** What bodies look like; loaded with the first one, since no start and no download needs it. */
export function loadBodies() {
  return import("./request-bodies.ts");
}

/**
 * The body as the schema has it, whatever its content type. Only fields that the schema names come through, so nobody
 * sets what a route does not offer; others are ignored. A body that is no JSON object or has a field of another type is
 * refused with 400 and one sentence, where Gitea says 422 in the words of its form library; a right type with a wrong
 * value is 422 in both. Throws `body_malformed`, `body_incomplete`, `upload_too_large`.
 */
export async function readJsonObject<Fields>(exchange: Exchange, schema: z.ZodType<Fields>): Promise<Fields> {
  const body = await readJsonBody(exchange.body, bounds).catch((cause: unknown) => {
    throw new RegistryError("body_incomplete", "the body broke off", { cause });
  });
  if (!body.ok) {
    if (body.reason === "too_large")
      throw new RegistryError("upload_too_large", `the body exceeds ${bounds.maxBytes} bytes`, { limit: bounds.maxBytes });
    throw new RegistryError("body_malformed", malformations[body.reason]);
  }
  const parsed = schema.safeParse(body.value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  // The first part of the path is a field's name; what follows may be the client's own words.
  const field = issue?.path[0];
  throw new RegistryError(
    "body_malformed",
    field === undefined ? "the body is no JSON object" : `the field ${String(field)} is malformed: ${issue?.message ?? ""}`,
  );
}

/** The fields that have a value. */
export function givenFields<Fields extends object>(fields: Fields): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given) as { [Name in keyof Fields]?: NonNullable<Fields[Name]> };
}

/** A visibility in Gitea's word; null when none is given. Throws `value_invalid` for another word. */
export function givenVisibility(word: string | null | undefined): Visibility | null {
  if (word === undefined || word === null || word === "") return null;
  const visibility = parseVisibility(word);
  if (visibility === null)
    throw new RegistryError("value_invalid", "visibility is public, limited or private", { subject: "visibility" });
  return visibility;
}

/** Answers 400, with the refusal's own sentence, where Gitea does so for values that are 422 elsewhere. */
export async function refusingWith400(
  exchange: Exchange,
  isBadRequest: (refusal: RegistryError) => boolean,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof RegistryError) || !isBadRequest(error)) throw error;
    return apiMessage(400, error.message, exchange.publicUrl());
  }
}
