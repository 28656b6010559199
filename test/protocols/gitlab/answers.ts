import type { Expectation } from "./protocol-case.ts";

type Headers = NonNullable<Expectation["headers"]>;

/** A refusal in the envelope of GitLab's own code: `{"message": ...}`. */
export const message = (status: number, text: string, headers: Headers = {}): Expectation => ({
  status,
  json: { message: text },
  headers,
});

/** A refusal in the envelope of GitLab's parameter validation and of unknown routes: `{"error": ...}`. */
export const problem = (status: number, text: string, headers: Headers = {}): Expectation => ({
  status,
  json: { error: text },
  headers,
});

export const created: Expectation = message(201, "201 Created");
export const removed: Expectation = { status: 204, body: "", headers: { "content-type": null } };
export const noRoute = problem(404, "404 Not Found");
/** On the generic routes: the project is missing, or hidden from the caller. */
export const hiddenProject = message(404, "404 Not Found");
/** The same on other routes of a project. */
export const noProject = message(404, "404 Project Not Found");
/** A record below the project is missing. */
export const notFound = message(404, "404 Not found");
export const forbidden = message(403, "403 Forbidden");
export const unauthorized = message(401, "401 Unauthorized");
/** On the generic routes. */
export const challenged = message(401, "401 Unauthorized", {
  "www-authenticate": 'Basic realm="GitLab Packages Registry"',
});
/** A token without the scope that the route needs (RFC 6750). */
export const scopeMissing: Expectation = { status: 403, jsonLike: { error: "insufficient_scope" } };

/** A whole download. */
export const bytes = (body: string, headers: Headers = {}): Expectation => ({
  status: 200,
  body,
  headers: {
    "content-type": "application/octet-stream",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  },
});
