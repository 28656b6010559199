import { spawnSync } from "node:child_process";

/**
 * `npm audit` over everything in the lockfile: ends with 1 when a known vulnerability is found. Where the registry does not
 * answer such questions (a mirror, no network) it says so, and ends with 0: that tells nothing of the code.
 */
interface AuditReport {
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly message?: string;
}

const told = spawnSync("npm", ["audit", "--json"], { encoding: "utf8" });
const report = JSON.parse(told.stdout === "" ? "{}" : told.stdout) as AuditReport;
if (report.metadata === undefined) {
  console.log(`audit: not done, the registry does not answer (${report.message ?? told.stderr.trim()})`);
} else {
  const count = report.metadata.vulnerabilities["total"] ?? 0;
  for (const [name, { severity, range }] of Object.entries(report.vulnerabilities ?? {})) console.log(`audit: ${severity}: ${name} ${range}`);
  console.log(`audit: ${count} known vulnerabilities`);
  process.exitCode = count === 0 ? 0 : 1;
}
