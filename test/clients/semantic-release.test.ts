import { expect, it } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeProgram } from "./describe-program.ts";
import { missingNodeProgram, readFromNode } from "./node-programs.ts";

/** What a build left in `dist`; the plugin uploads all of it at once, as the first files of the version. */
const files = new Map(["tool-linux.tar.gz", "tool-macos.tar.gz", "tool-windows.zip", "tool.deb", "tool.rpm", "manifest.json"].map(
  (name, at) => [name, randomBytes(at === 0 ? 3_000_000 : 50_000 + at)] as const,
));

const hidden = randomBytes(4000);

describeProgram("@semantic-release/gitlab with assets of target generic_package", missingNodeProgram("@semantic-release/gitlab"), (site) => {
  const run = (version: string, environment: Readonly<Record<string, string>>, steps: readonly string[]): Promise<unknown> => {
    const { url, folder, project } = site();
    mkdirSync(join(folder, "dist"), { recursive: true });
    for (const [name, content] of files) writeFileSync(join(folder, "dist", name), content);
    writeFileSync(join(folder, "symbols.bin"), hidden);
    const asset = { target: "generic_package", packageName: "tool" };
    const config = {
      gitlabUrl: url,
      retryLimit: 0,
      useJobToken: "CI_JOB_TOKEN" in environment,
      assets: [
        ...[...files.keys()].slice(1).map((name) => ({ ...asset, path: `dist/${name}` })),
        { ...asset, path: "dist/tool-linux.tar.gz", label: "tool-${nextRelease.version}.tar.gz", filepath: "/bin/tool" },
        { path: "symbols.bin", target: "generic_package", status: "hidden" },
      ],
    };
    const context = {
      cwd: folder,
      env: environment,
      envCi: {},
      options: { repositoryUrl: `${url}/${project.path}.git`, dryRun: false },
      nextRelease: { version, gitTag: `v${version}`, gitHead: "0123456789abcdef0123456789abcdef01234567", notes: `Notes of ${version}` },
    };
    return readFromNode("semantic-release-gitlab.mjs", [JSON.stringify({ steps, config, context })]);
  };
  const read = async (url: string, headers: Readonly<Record<string, string>>): Promise<string> => {
    const response = await fetch(url, { headers });
    return `${response.status} ${Buffer.from(await response.arrayBuffer()).toString("base64")}`;
  };

  for (const { version, kind, environment, headers } of [
    {
      version: "1.0.0",
      kind: "a personal access token",
      environment: () => ({ GL_TOKEN: site().maintainer.token }),
      headers: () => ({ "private-token": site().maintainer.token }),
    },
    {
      version: "1.0.1",
      kind: "a job token",
      environment: () => ({ CI_JOB_TOKEN: site().jobToken }),
      headers: () => ({ "job-token": site().jobToken }),
    },
  ])
    it(`verifies, publishes every asset and makes the release with ${kind}`, async () => {
      const { url, project, ask } = site();
      const seen = await run(version, environment(), ["verifyConditions", "publish"]);
      const release = { url: `${url}/${project.path}/-/releases/v${version}`, name: "GitLab release" };
      expect(seen).toMatchObject({ outcomes: [{ step: "verifyConditions", value: null }, { step: "publish", value: release }] });

      const base = `${url}/api/v4/projects/${encodeURIComponent(project.path)}/packages/generic`;
      const published = [
        ...[...files.entries()].slice(1).map(([name, content]) => ({ name, url: `${base}/tool/${version}/${name}`, content })),
        { name: `tool-${version}.tar.gz`, url: `${base}/tool/${version}/tool-${version}.tar.gz`, content: files.get("tool-linux.tar.gz") ?? Buffer.alloc(0) },
        { name: "symbols.bin", url: `${base}/release/${version}/symbols.bin`, content: hidden },
      ];
      for (const file of published) expect(await read(file.url, headers())).toBe(`200 ${file.content.toString("base64")}`);

      const listed = await ask("GET", `/projects/${project.id}/packages?package_version=${version}`);
      expect(listed.json).toMatchObject([{ name: "tool", version }]);
      expect(listed.json).toHaveLength(1);
      const made = await ask("GET", `/projects/${project.id}/releases/v${version}`);
      expect(made.json).toMatchObject({ tag_name: `v${version}`, description: `Notes of ${version}` });
      const links = await ask("GET", `/projects/${project.id}/releases/v${version}/assets/links?per_page=100`);
      const expected = published.map(({ name, url: address }) => ({ name, url: address, link_type: "package" }));
      expect(Array.isArray(links.json) ? links.json.toSorted(byName) : links.json).toMatchObject(expected.toSorted(byName));
      const permanent = await fetch(`${url}/${project.path}/-/releases/v${version}/downloads/bin/tool`, { headers: headers(), redirect: "manual" });
      expect([permanent.status, permanent.headers.get("location")]).toEqual([302, `${base}/tool/${version}/tool-${version}.tar.gz`]);
    });

  it("is told what is wrong with a token before anything is built", async () => {
    const codes = (token: string): Promise<unknown> => run("2.0.0", { GL_TOKEN: token }, ["verifyConditions"]);
    const refused = (code: string) => ({ outcomes: [{ step: "verifyConditions", errors: [{ code }] }] });
    expect(await codes("glpat-no-such-token")).toMatchObject(refused("EINVALIDGLTOKEN"));
    expect(await codes(site().stranger.token)).toMatchObject(refused("EMISSINGREPO"));
    expect(await codes(site().reporter.token)).toMatchObject(refused("EGLNOPUSHPERMISSION"));
  });

  it("shows the registry's own words when a publish is refused", async () => {
    const { project, maintainer, ask } = site();
    const rule = { package_name_pattern: "tool", package_type: "generic", minimum_access_level_for_push: "owner" };
    const made = await ask("POST", `/projects/${project.id}/packages/protection/rules`, rule);
    expect(made.status).toBe(201);
    const seen = await run("3.0.0", { GL_TOKEN: maintainer.token }, ["publish"]);
    const message = "Response code 403 (403 Forbidden - Package protected.)";
    expect(seen).toMatchObject({ outcomes: [{ step: "publish", errors: [{ message }] }] });
    expect((await ask("GET", `/projects/${project.id}/releases/v3.0.0`)).status).toBe(404);
  });
});

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : 1;
}
