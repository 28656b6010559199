import type * as z from "zod";
import { RegistryError } from "../../core/registry-error.ts";
import type { Exchange } from "../../http/exchange.ts";
import { readJsonBody } from "../../http/json-body.ts";

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
 * The JSON body as the schema has it, whatever its content type. Schemas are `z.strictObject`, so that a misspelled field
 * is refused and not passed over. Throws `body_malformed` with every problem, `body_incomplete`, `upload_too_large`.
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
  throw new RegistryError("body_malformed", parsed.error.issues.slice(0, shownIssues).map(problemOf).join("; "));
}

/** So many problems are named, and so much of a name that the client chose. */
const shownIssues = 10;
const shownLength = 80;

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys")
    return `there is no field ${issue.keys.slice(0, shownIssues).map((key) => key.slice(0, shownLength)).join(", ")}`;
  const [field] = issue.path;
  return field === undefined ? "the body is no JSON object" : `the field ${String(field).slice(0, shownLength)} is malformed: ${issue.message}`;
}
