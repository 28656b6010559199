import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import { projectFolder } from "../support/server-process.ts";

interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
}

const { packages } = (await Bun.file(join(projectFolder, "package-lock.json")).json()) as { packages: Record<string, LockedPackage> };
const locked = Object.entries(packages).filter(([path]) => path !== "");
const manifest = (await Bun.file(join(projectFolder, "package.json")).json()) as Record<string, Record<string, unknown> | undefined>;

describe("what an installation brings", () => {
  it("runs no script but the one that puts the runtime in place", () => {
    expect(locked.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)).toEqual(["node_modules/bun"]);
    expect(manifest["allowScripts"]).toEqual({ bun: true });
    const ownHooks = Object.keys(manifest["scripts"] ?? {}).filter((name) => /^(pre|post)?(install|prepare|pack|publish)/.test(name));
    expect(ownHooks).toEqual([]);
  });

  it("is pinned to one version and one content each", () => {
    expect(locked.length).toBeGreaterThan(5);
    for (const [path, { resolved = "https://", integrity = "" }] of locked) {
      expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-[A-Za-z0-9+/]{86}==$/)]);
      // Without an address it comes from the registry that npm is set up with, and has to be what the hash says.
      expect([path, resolved]).toEqual([path, expect.stringMatching(/^https:\/\//)]);
    }
    for (const list of ["dependencies", "devDependencies"])
      for (const [name, range] of Object.entries(manifest[list] ?? {})) expect([name, range]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });
});
