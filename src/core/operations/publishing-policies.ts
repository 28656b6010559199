import type { DuplicatePolicy, NamespaceSettings } from "../domain.ts";
import { RegistryError } from "../registry-error.ts";

/** GitLab 13.9's rule: three numbers. */
const strictVersion = /^[0-9]+\.[0-9]+\.[0-9]+$/;

/** Throws `name_invalid`, in GitLab's words, for names that the namespace's rule leaves out: versions of another shape, and a plus. */
export function checkVersionRule(
  { versions }: NamespaceSettings,
  name: { readonly packageName: string; readonly version: string; readonly path: string },
): void {
  if (versions !== "x.y.z") return;
  const wrong = [
    ...(name.packageName.includes("+") ? ["package_name"] : []),
    ...(strictVersion.test(name.version) ? [] : ["package_version"]),
    ...(name.path.includes("+") ? ["file_name"] : []),
  ];
  if (wrong.length === 0) return;
  throw new RegistryError("name_invalid", wrong.map((part) => `${part} is invalid`).join(", "), { subject: wrong.join(", ") });
}

/**
 * What a publish does that meets a file of the same name: the namespace's policy, else the dialect's; a package or
 * version that matches the exception is treated the other way round (GitLab: allowed XOR match).
 */
export async function duplicatePolicyFor(
  { duplicates, duplicateException }: NamespaceSettings,
  file: { readonly packageName: string; readonly version: string; readonly onDuplicate: DuplicatePolicy },
): Promise<DuplicatePolicy> {
  const policy = duplicates ?? file.onDuplicate;
  const pattern = duplicateException ?? "";
  if (pattern === "") return policy;
  // Few namespaces have one, and the engine for it is large.
  const { matchesDuplicateException } = await import("../duplicate-exception.ts");
  if (!matchesDuplicateException(pattern, file.packageName, file.version)) return policy;
  return policy === "allow" ? "reject" : "allow";
}
