import { packages, type Request } from "./history.ts";

/** What a request came to. */
export type Outcome =
  | { readonly kind: "done" | "absent" | "conflict" }
  /** Refused for the moment: nothing was changed. */
  | { readonly kind: "busy" }
  /** The bytes are not the ones that were published. */
  | { readonly kind: "damaged" }
  | { readonly kind: "content"; readonly content: number | null }
  | { readonly kind: "files"; readonly files: Readonly<Record<string, number | null>> }
  | { readonly kind: "versions"; readonly names: readonly string[] }
  | { readonly kind: "latest"; readonly name: string }
  /** The connection ended first, or the server: it was carried out, or not. */
  | { readonly kind: "unanswered" }
  /** Anything that the registry never says of its own will. */
  | { readonly kind: "fault"; readonly detail: string };

/** A request with its answer; the times are those of one counter, so that no two are equal. */
export interface Call {
  readonly id: number;
  readonly request: Request;
  readonly invokedAt: number;
  readonly returnedAt: number;
  readonly outcome: Outcome;
  /** Contents whose stored bytes were damaged at some time of this call, and not certainly healed. */
  readonly damaged: ReadonlySet<number>;
}

/** What one package holds: versions in the order of their making, each with its files and the content that is served. */
export type PackageState = readonly { readonly name: string; readonly files: Readonly<Record<string, number>> }[];

export const emptyPackage: PackageState = [];

/** What a package may hold after a call that took effect as a whole at one moment; null when it cannot have answered so. */
export function step(state: PackageState, { request, outcome, damaged }: Pick<Call, "request" | "outcome" | "damaged">): PackageState | null {
  if (outcome.kind === "busy") return request.kind === "publish" || request.kind === "list files" ? state : null;
  switch (request.kind) {
    case "publish": {
      const held = contentAt(state, request);
      const isAllowed = held === null || policyOf(request) === "allow" || (policyOf(request) === "identical" && held === request.content);
      if (outcome.kind === "unanswered") return isAllowed ? published(state, request) : state;
      if (outcome.kind === "conflict") return isAllowed ? null : state;
      return outcome.kind === "done" && isAllowed ? published(state, request) : null;
    }
    case "read": {
      const held = contentAt(state, request);
      if (outcome.kind === "content") return held !== null && held === outcome.content ? state : null;
      if (outcome.kind === "damaged") return held !== null && damaged.has(held) ? state : null;
      return outcome.kind === "absent" && held === null ? state : null;
    }
    case "delete file":
      return removed(state, outcome, contentAt(state, request) !== null, () => withoutFile(state, request));
    case "delete version":
      return removed(state, outcome, versionAt(state, request.version) !== null, () => state.filter(({ name }) => name !== request.version));
    case "delete package":
      // A package whose last version is gone may be known a while longer.
      if (state.length === 0) return outcome.kind === "done" || outcome.kind === "absent" || outcome.kind === "unanswered" ? state : null;
      return removed(state, outcome, true, () => emptyPackage);
    case "list files": {
      const held = versionAt(state, request.version)?.files ?? {};
      if (outcome.kind === "damaged") return Object.values(held).some((content) => damaged.has(content)) ? state : null;
      if (outcome.kind === "absent") return versionAt(state, request.version) === null ? state : null;
      return outcome.kind === "files" && Bun.deepEquals(held, outcome.files) ? state : null;
    }
    case "list versions":
      if (outcome.kind === "absent") return state.length === 0 ? state : null;
      return outcome.kind === "versions" && Bun.deepEquals(state.map(({ name }) => name).toSorted(), outcome.names.toSorted()) ? state : null;
    case "latest":
      if (outcome.kind === "absent") return state.length === 0 ? state : null;
      return outcome.kind === "latest" && state.at(-1)?.name === outcome.name ? state : null;
  }
}

/** The namespace's rule, else the dialect's: Gitea refuses a name that is taken, GitLab adds a revision. */
function policyOf(request: Extract<Request, { kind: "publish" }>): "reject" | "allow" | "identical" {
  return packages[request.package]?.duplicates ?? (request.dialect === "gitea" ? "reject" : "allow");
}

function versionAt(state: PackageState, version: string): PackageState[number] | null {
  return state.find(({ name }) => name === version) ?? null;
}

function contentAt(state: PackageState, { version, file }: { readonly version: string; readonly file: string }): number | null {
  return versionAt(state, version)?.files[file] ?? null;
}

function published(state: PackageState, { version, file, content }: Extract<Request, { kind: "publish" }>): PackageState {
  if (versionAt(state, version) === null) return [...state, { name: version, files: { [file]: content } }];
  return state.map((held) => (held.name === version ? { name: version, files: { ...held.files, [file]: content } } : held));
}

function removed(state: PackageState, outcome: Outcome, isThere: boolean, remove: () => PackageState): PackageState | null {
  if (outcome.kind === "unanswered") return isThere ? remove() : state;
  if (outcome.kind === "done") return isThere ? remove() : null;
  return outcome.kind === "absent" && !isThere ? state : null;
}

/** The last file takes its version along. */
function withoutFile(state: PackageState, { version, file }: { readonly version: string; readonly file: string }): PackageState {
  return state.flatMap((held) => {
    if (held.name !== version) return [held];
    const { [file]: _, ...files } = held.files;
    return Object.keys(files).length === 0 ? [] : [{ name: version, files }];
  });
}
