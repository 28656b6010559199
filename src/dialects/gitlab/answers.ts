/** A JSON answer as GitLab sends it. */
export function jsonAnswer(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const body = Buffer.from(JSON.stringify(value));
  return new Response(body, {
    status,
    headers: {
      "content-type": "application/json",
      "content-length": String(body.byteLength),
      "cache-control": "max-age=0, private, must-revalidate",
      ...headers,
    },
  });
}

/** The answer to what was done and has nothing to show. */
export function noContent(): Response {
  return new Response(null, { status: 204 });
}

/** ISO 8601 in UTC with milliseconds, as GitLab writes times. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** The day of a time in UTC, as GitLab writes dates. */
export function date(ms: number): string {
  return timestamp(ms).slice(0, 10);
}
