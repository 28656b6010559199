/** The kinds of packages that GitLab has a limit of file sizes for (doc: api/plan_limits). Only generic ones exist here. */
export const packageKinds = [
  "cargo", "conan", "generic_packages", "golang", "helm", "maven", "npm", "nuget", "pypi", "rubygems", "terraform_module",
] as const;
export type PackageKind = (typeof packageKinds)[number];

/** What an administrator, or the server itself, changes while it runs. */
export interface InstanceSettings {
  /** The most bytes that a file of a kind may have; a missing one and 0 stand for no limit. */
  readonly maxFileBytes: Readonly<Partial<Record<PackageKind, number>>>;
  /** When the cleanup policies run next, epoch milliseconds; null before the first start that plans it. */
  readonly nextCleanupAtMs: number | null;
}

export interface InstanceSettingsStore {
  read(): Promise<InstanceSettings>;
  /** Limits are merged into those that stand; a missing field stays. */
  write(changes: Partial<InstanceSettings>): Promise<void>;
}
