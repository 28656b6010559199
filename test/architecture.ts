/**
 * Which part of the house may import from which: the table of ARCHITECTURE.md as data. Imports point inward only. The
 * longest matching path of `part` decides; a part may always import from itself.
 */
export interface HouseRule {
  readonly part: string;
  readonly mayImport: readonly string[];
  /** An import that must be refused, planted by the test. */
  readonly planted: string;
}

export const houseRules: readonly HouseRule[] = [
  { part: "src/config", mayImport: [], planted: "src/core/domain.ts" },
  { part: "src/core/", mayImport: [], planted: "src/http/log.ts" },
  { part: "src/core/ports/", mayImport: ["src/core/"], planted: "src/blob-stores/disk.ts" },
  { part: "src/core/operations/", mayImport: ["src/core/"], planted: "src/metadata-stores/sqlite.ts" },
  { part: "src/core/maintenance/", mayImport: ["src/core/"], planted: "src/open-stores.ts" },
  { part: "src/blob-stores/", mayImport: ["src/core/"], planted: "src/core/operations/read-file.ts" },
  { part: "src/metadata-stores/", mayImport: ["src/core/"], planted: "src/core/registry.ts" },
  { part: "src/http/", mayImport: [], planted: "src/core/domain.ts" },
  { part: "src/dialects/gitea/", mayImport: ["src/core/", "src/http/"], planted: "src/dialects/gitlab/wire.ts" },
  { part: "src/dialects/gitlab/", mayImport: ["src/core/", "src/http/"], planted: "src/dialects/gitea/wire.ts" },
  { part: "src/dialects/native/", mayImport: ["src/core/", "src/http/"], planted: "src/dialects/gitlab/answers.ts" },
  { part: "src/gitlab-jobs.ts", mayImport: ["src/core/", "src/http/"], planted: "src/config.ts" },
  { part: "src/secret-box.ts", mayImport: ["src/core/"], planted: "src/config.ts" },
  { part: "src/app.ts", mayImport: ["src/http/"], planted: "src/core/registry.ts" },
  { part: "src/listen.ts", mayImport: ["src/app.ts", "src/config", "src/http/"], planted: "src/core/registry.ts" },
  { part: "src/open-stores.ts", mayImport: ["src/config", "src/core/ports/", "src/blob-stores/", "src/metadata-stores/"], planted: "src/http/log.ts" },
  { part: "src/operation-routes.ts", mayImport: ["src/core/", "src/http/"], planted: "src/dialects/gitea/wire.ts" },
  { part: "src/password-hasher.ts", mayImport: ["src/core/"], planted: "src/http/log.ts" },
  { part: "src/data-lock.ts", mayImport: ["src/config"], planted: "src/core/domain.ts" },
  { part: "src/event-record.ts", mayImport: ["src/core/", "src/http/log.ts", "src/http/metrics.ts"], planted: "src/server.ts" },
  { part: "src/event-loop-lag.ts", mayImport: ["src/http/metrics.ts"], planted: "src/server.ts" },
  { part: "src/public-url.ts", mayImport: ["src/config", "src/http/"], planted: "src/core/domain.ts" },
  { part: "src/first-start.ts", mayImport: ["src/config", "src/core/"], planted: "src/http/log.ts" },
  { part: "src/schedule.ts", mayImport: ["src/config", "src/core/", "src/http/log.ts", "src/open-stores.ts"], planted: "src/app.ts" },
  { part: "src/server.ts", mayImport: ["src/"], planted: "test/support/server.ts" },
  { part: "src/cli/", mayImport: ["src/config", "src/core/", "src/http/log.ts", "src/open-stores.ts", "src/data-lock.ts", "src/first-start.ts", "src/password-hasher.ts", "src/server.ts", "src/metadata-stores/migrate.ts"], planted: "src/dialects/gitea/wire.ts" },
];

/** What stores may know of the core: the ports, what they speak of, and how they refuse. Nothing that acts. */
const coreForStores = /^src\/core\/(ports\/.*|domain|registry-error|fold-name|permissions|namespace-name|semantic-version)(\.ts)?$/;

/** Why an import is not allowed; null when it is. Both paths are relative to the project. */
export function refuseImport(from: string, to: string): string | null {
  const rule = houseRules
    .filter(({ part }) => from.startsWith(part))
    .toSorted((one, other) => other.part.length - one.part.length)[0];
  if (rule === undefined) return `${from} is in no room of the house: give it one in ARCHITECTURE.md and test/architecture.ts`;
  const isStore = rule.part === "src/blob-stores/" || rule.part === "src/metadata-stores/";
  const isAllowed =
    to.startsWith(rule.part) ||
    rule.mayImport.some((part) => to.startsWith(part) && !(isStore && part === "src/core/" && !coreForStores.test(to)));
  return isAllowed ? null : `${from} must not import ${to}: see the table in ARCHITECTURE.md`;
}

/** The modules that a source names, as written. */
export function importsOf(source: string): readonly string[] {
  const named = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|new URL\(\s*)(["'])([^"']+)\1/g;
  return [...source.matchAll(named)].map((match) => match[2] ?? "");
}
