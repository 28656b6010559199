import { administrator } from "../support/fault-process.ts";
import { sha256Of } from "../support/fault-content.ts";
import { contents, packages, type Request } from "./history.ts";
import type { Outcome } from "./package-model.ts";
import { numberOf } from "./recorder.ts";

const answerTimeoutMs = 60_000;
const authorization = `token ${administrator.token}`;

/** Makes the group of the histories whose rule for duplicates is its own. */
export async function createGroup(url: string): Promise<void> {
  const created = await send(`${url}/api/v1/orgs`, "POST", JSON.stringify({ username: "same" }));
  const changed = await send(`${url}/api/stowage/v1/namespaces/same/settings`, "PATCH", JSON.stringify({ duplicates: "identical" }));
  if (created.status !== 201 || changed.status !== 200) throw new Error(`the group was answered ${created.status} and ${changed.status}`);
}

/** Carries out a request over HTTP, in the words of its dialect; throws when the connection ends without an answer. */
export async function askOverHttp(url: string, request: Request): Promise<Outcome> {
  const { namespace, name } = packages[request.package] ?? packages[0];
  const rest = `${url}/api/v1/packages/${namespace}/generic/${name}`;
  switch (request.kind) {
    case "publish":
      return outcomeOf(await send(fileUrl(url, request), "PUT", contents[request.content] ?? null), 201, () => ({ kind: "done" }));
    case "read":
      return outcomeOf(await send(fileUrl(url, request), "GET"), 200, (bytes) => ({ kind: "content", content: numberOf(sha256Of(bytes)) }));
    case "delete file":
      return outcomeOf(await send(fileUrl(url, request), "DELETE"), 204, () => ({ kind: "done" }));
    case "delete version":
      return outcomeOf(await send(`${url}/api/packages/${namespace}/generic/${name}/${request.version}`, "DELETE"), 204, () => ({ kind: "done" }));
    case "delete package":
      return outcomeOf(await send(rest, "DELETE"), 204, () => ({ kind: "done" }));
    case "list files":
      return outcomeOf(await send(`${rest}/${request.version}/files`, "GET"), 200, (bytes) => ({ kind: "files", files: filesIn(bytes) }));
    case "list versions":
      return outcomeOf(await send(rest, "GET"), 200, (bytes) => ({ kind: "versions", names: versionsIn(bytes) }));
    case "latest":
      return outcomeOf(await send(`${rest}/-/latest`, "GET"), 200, (bytes) => ({ kind: "latest", name: versionIn(JSON.parse(textOf(bytes))) }));
  }
}

function fileUrl(url: string, request: Extract<Request, { file: string }>): string {
  const { namespace, name } = packages[request.package] ?? packages[0];
  return request.dialect === "gitea"
    ? `${url}/api/packages/${namespace}/generic/${name}/${request.version}/${request.file}`
    : `${url}/api/v4/projects/${namespace}/packages/generic/${name}/${request.version}/${request.file}`;
}

interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array;
}

async function send(url: string, method: string, body: ConstructorParameters<typeof Response>[0] = null): Promise<Answer> {
  const headers = url.includes("/api/v4/") ? { "private-token": administrator.token } : { authorization };
  const type = typeof body === "string" ? { "content-type": "application/json" } : {};
  const response = await fetch(url, { method, body, headers: { ...headers, ...type }, signal: AbortSignal.timeout(answerTimeoutMs) });
  return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
}

function outcomeOf({ status, bytes }: Answer, success: number, read: (bytes: Uint8Array) => Outcome): Outcome {
  if (status === success) return read(bytes);
  if (status === 404) return { kind: "absent" };
  // GitLab says in words that a name is taken.
  if (status === 409 || (status === 400 && textOf(bytes).includes("Duplicate package is not allowed"))) return { kind: "conflict" };
  if (status === 503) return { kind: "busy" };
  if (status === 500) return { kind: "damaged" };
  return { kind: "fault", detail: `status ${status}: ${textOf(bytes).slice(0, 200)}` };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function filesIn(bytes: Uint8Array): Record<string, number | null> {
  const listed: readonly { readonly name: string; readonly sha256: string }[] = JSON.parse(textOf(bytes));
  return Object.fromEntries(listed.map(({ name, sha256 }) => [name, numberOf(sha256)]));
}

function versionsIn(bytes: Uint8Array): readonly string[] {
  const listed: readonly unknown[] = JSON.parse(textOf(bytes));
  return listed.map(versionIn);
}

function versionIn(listed: unknown): string {
  if (typeof listed !== "object" || listed === null || !("version" in listed)) throw new Error("a package without version was listed");
  return String(listed.version);
}
