/** An answer of the API, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  readonly json: unknown;
  /** A field of the JSON object; throws when it is not of that kind. */
  number(field: string): number;
  string(field: string): string;
}

const timeoutMs = 30_000;

/** Sends a JSON request with a PRIVATE-TOKEN, follows no redirect, and reads the answer. */
export async function readAnswer(url: string, method: string, body: object | undefined, token: string): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
    headers: { "private-token": token, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const what = `${method} ${new URL(url).pathname}: ${response.status} ${text.slice(0, 500)}`;
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json(): unknown {
      return parse(text, what);
    },
    number: (field) => {
      const value = fieldOf(parse(text, what), field);
      if (typeof value !== "number") throw new Error(`no number ${field} in ${what}`);
      return value;
    },
    string: (field) => {
      const value = fieldOf(parse(text, what), field);
      if (typeof value !== "string") throw new Error(`no text ${field} in ${what}`);
      return value;
    },
  };
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldOf(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`no JSON in ${what}`);
  }
}
