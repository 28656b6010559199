import { readBoundedBody } from "./bounded-body.ts";
import { boundaryOf } from "./form-headers.ts";
import { parseJsonBytes } from "./json-body.ts";
import { nestParameters } from "./nested-parameters.ts";
import {
  countValues,
  hasLoneSurrogate,
  hasTextWith,
  isParameterMap,
  parameterValueOf,
  type ParameterMap,
  type ParameterProblem,
  type ParameterValue,
} from "./parameter-value.ts";

/** What parameters are read from; an `Exchange` is one. */
export interface ParameterSource {
  readonly request: Pick<Request, "headers">;
  readonly query: URLSearchParams;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface ParameterBounds {
  /** Of the body, in bytes. */
  readonly maxBytes: number;
  /** How deep JSON may be nested, the outermost object being one. Names nest five brackets deep at most. */
  readonly maxDepth: number;
  /** How many values there may be in all, list items and nested ones included. */
  readonly maxParameters: number;
}

/** The parameters of a request, or why they cannot be read. */
export type RequestParameters =
  | { readonly ok: true; readonly parameters: ParameterMap }
  | { readonly ok: false; readonly reason: ParameterProblem };

const defaultBounds: ParameterBounds = { maxBytes: 1024 * 1024, maxDepth: 16, maxParameters: 1000 };

/**
 * The parameters of a request as Rack and Grape merge them: those of the query and those of the body, the body's winning
 * where both have a name. A body is a form (multipart or URL-encoded, names nest in brackets) or a JSON object; an empty
 * one counts for nothing whatever its type. A file in a form is a map with its `filename`, so that no reader takes it for
 * a value. NUL characters are malformed (GitLab's HandleMalformedStrings); so is JSON that is no object. In queries and
 * forms the replacement character counts as broken UTF-8, which is what decoding turns it into; in JSON half of a
 * surrogate pair does.
 *
 * After `too_large` the rest of the body is unread. Throws what the body throws when it breaks off.
 */
export async function readParameters(
  source: ParameterSource,
  bounds: Partial<ParameterBounds> = {},
): Promise<RequestParameters> {
  const allBounds = { ...defaultBounds, ...bounds };
  const fromQuery = decodePairs([...source.query], allBounds);
  if (!fromQuery.ok) return fromQuery;
  const bytes = await readBoundedBody(source.body, allBounds.maxBytes);
  if (bytes === null) return { ok: false, reason: "too_large" };
  const contentType = source.request.headers.get("content-type") ?? "";
  const fromBody = await decodeBody(bytes, contentType, allBounds);
  if (!fromBody.ok) return fromBody;
  const parameters = Object.assign(Object.create(null), fromQuery.parameters, fromBody.parameters) as ParameterMap;
  if (hasTextWith(parameters, "\0")) return { ok: false, reason: "malformed" };
  if (hasLoneSurrogate(parameters)) return { ok: false, reason: "not_utf8" };
  if (countValues(parameters) > allBounds.maxParameters) return { ok: false, reason: "too_many" };
  return { ok: true, parameters };
}

async function decodeBody(bytes: Uint8Array, contentType: string, bounds: ParameterBounds): Promise<RequestParameters> {
  if (bytes.byteLength === 0) return decodePairs([], bounds);
  const type = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
  if (type === "application/json") return decodeJson(bytes, bounds);
  if (type === "application/x-www-form-urlencoded") return decodeEncoded(bytes, bounds);
  if (type === "multipart/form-data") return decodeForm(bytes, contentType, bounds);
  return { ok: false, reason: "unsupported_type" };
}

function decodeJson(bytes: Uint8Array, bounds: ParameterBounds): RequestParameters {
  const json = parseJsonBytes(bytes, bounds.maxDepth);
  if (!json.ok) return json;
  const parameters = parameterValueOf(json.value);
  return isParameterMap(parameters) ? { ok: true, parameters } : { ok: false, reason: "malformed" };
}

function decodeEncoded(bytes: Uint8Array, bounds: ParameterBounds): RequestParameters {
  // Bytes that are not UTF-8 become replacement characters here as they do when they are percent-encoded.
  return decodePairs([...new URLSearchParams(new TextDecoder().decode(bytes))], bounds);
}

async function decodeForm(bytes: Uint8Array, contentType: string, bounds: ParameterBounds): Promise<RequestParameters> {
  if (boundaryOf(contentType) === null) return { ok: false, reason: "malformed" };
  let form: Awaited<ReturnType<Response["formData"]>>;
  try {
    form = await new Response(bytes.slice(), { headers: { "content-type": contentType } }).formData();
  } catch {
    return { ok: false, reason: "malformed" };
  }
  const pairs: (readonly [string, ParameterValue])[] = [];
  for (const [name, value] of form)
    pairs.push([name, typeof value === "string" ? value : parameterValueOf({ filename: value.name })]);
  return decodePairs(pairs, bounds);
}

function decodePairs(pairs: readonly (readonly [string, ParameterValue])[], bounds: ParameterBounds): RequestParameters {
  if (pairs.length > bounds.maxParameters) return { ok: false, reason: "too_many" };
  const nested = nestParameters(pairs);
  if (nested.ok && hasTextWith(nested.parameters, "\uFFFD")) return { ok: false, reason: "not_utf8" };
  return nested;
}
