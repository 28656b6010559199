import { spawnSync } from "node:child_process";

/**
 * `npm audit` over everything in the lockfile: ends with 1 when a known vulnerability is found, or when the question could
 * not be asked. A registry that has no such question to it (a mirror that only hands out packages) is told, and no failure.
 */
interface AuditReport {
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly message?: string;
  readonly statusCode?: number;
}

/** Absent, not allowed, not implemented: what a registry without audits answers. */
const hasNoAudits: readonly (number | undefined)[] = [404, 405, 501];

const told = spawnSync("npm", ["audit", "--json"], { encoding: "utf8" });
const report = readReport(told.stdout);
if (report.metadata !== undefined) {
  const count = report.metadata.vulnerabilities["total"] ?? 0;
  for (const [name, { severity, range }] of Object.entries(report.vulnerabilities ?? {})) console.log(`audit: ${severity}: ${name} ${range}`);
  console.log(`audit: ${count} known vulnerabilities`);
  process.exitCode = count === 0 ? 0 : 1;
} else {
  const isWithoutAudits = hasNoAudits.includes(report.statusCode);
  console.log(`audit: NOT DONE, ${isWithoutAudits ? "this registry has no audits" : "it failed"} (${report.message ?? told.stderr.trim()})`);
  process.exitCode = isWithoutAudits ? 0 : 1;
}

function readReport(text: string): AuditReport {
  try {
    return JSON.parse(text) as AuditReport;
  } catch {
    return {};
  }
}
