import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What is used here of CycloneDX's JSON. */
interface Sbom {
  readonly metadata: { readonly component: { name: string; readonly "bom-ref": string } };
  components: readonly { readonly name: string; readonly "bom-ref": string; scope?: string }[];
  dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * Writes what the product consists of, besides itself, as CycloneDX JSON: the packages that its dependencies lead to, with
 * versions, licences and hashes (`npm sbom`). Which those are is found out here: npm leaves out a package that a tool of the
 * development needs as well when it is told to leave out such tools. Throws when npm cannot tell, or knows no such package.
 */
export function writeSbom(root: string, path: string): void {
  const options = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application"];
  const told = spawnSync("npm", options, { cwd: root, encoding: "utf8", maxBuffer: 64 * 2 ** 20 });
  if (told.status !== 0) throw new Error(`npm sbom failed: ${told.error?.message ?? told.stderr}`);
  const sbom = JSON.parse(told.stdout) as Sbom;
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { name: string; dependencies: Record<string, string> };
  const own = sbom.metadata.component;
  const direct = Object.entries(manifest.dependencies).map(([name, version]) => `${name}@${version}`);
  const used = reachable(sbom, direct);
  sbom.components = sbom.components.filter((component) => used.has(component["bom-ref"]));
  sbom.dependencies = sbom.dependencies
    .filter(({ ref }) => ref === own["bom-ref"] || used.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: ref === own["bom-ref"] ? direct : dependsOn.filter((other) => used.has(other)) }));
  // npm takes the name of the folder.
  own.name = manifest.name;
  writeFileSync(path, `${JSON.stringify(sbom, null, 2)}\n`);
}

/** These packages, and what they lead to. */
function reachable(sbom: Sbom, direct: readonly string[]): ReadonlySet<string> {
  const dependsOn = new Map(sbom.dependencies.map((entry) => [entry.ref, entry.dependsOn]));
  const used = new Set<string>();
  const waiting = [...direct];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (used.has(ref)) continue;
    if (!sbom.components.some((component) => component["bom-ref"] === ref)) throw new Error(`npm sbom does not list ${ref}: run npm ci first`);
    used.add(ref);
    waiting.push(...(dependsOn.get(ref) ?? []));
  }
  return used;
}
