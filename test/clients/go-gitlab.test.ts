import { beforeAll, expect, it } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeProgram } from "./describe-program.ts";
import { isInstalled, runProgram } from "./run-program.ts";

/** Where Debian keeps the sources of its Go packages; they are built without modules. */
const sources = "/usr/share/gocode";

/** Debian's own compiler comes with its standard library built; any other does as well. */
const compiler = ["/usr/bin/go", "go"].find((program) => isInstalled(program, ["version"])) ?? null;

const buildTimeoutMs = 300_000;

describeProgram("a Go program on go-gitlab", missingForGo(), (site) => {
  const content = randomBytes(2_000_000);
  const paths = () => ({ program: join(site().folder, "go-gitlab"), file: join(site().folder, "content.bin") });
  const work = async (kind: string, token: string, version: string): Promise<unknown> => {
    const { url, project } = site();
    // GitLab takes a job token on the routes of projects only.
    const groupPath = kind === "job" ? "" : site().groupPath;
    const { program, file } = paths();
    const { exitCode, output, complaints } = await runProgram({ command: [program, url, kind, token, project.path, groupPath, file, version] });
    if (exitCode !== 0) throw new Error(`it ended with ${exitCode}: ${complaints.slice(-2000)}`);
    return JSON.parse(output.toString("utf8"));
  };

  beforeAll(async () => {
    writeFileSync(paths().file, content);
    const built = await runProgram({
      command: [compiler ?? "go", "build", "-o", paths().program, join(import.meta.dir, "programs/go-gitlab/main.go")],
      environment: { GO111MODULE: "off", GOPATH: sources, GOFLAGS: "", GOTOOLCHAIN: "local" },
      timeoutMs: buildTimeoutMs,
    });
    if (built.exitCode !== 0) throw new Error(`go build ended with ${built.exitCode}: ${built.complaints.slice(-2000)}`);
  }, buildTimeoutMs);

  for (const { kind, token, version } of [
    { kind: "private", token: () => site().maintainer.token, version: "1.0.0" },
    { kind: "oauth", token: () => site().maintainer.token, version: "1.0.1-rc.1" },
    { kind: "job", token: () => site().jobToken, version: "1.0.2+build.5" },
  ])
    it(`publishes open files without a length, lists, downloads, releases and deletes with a token of kind ${kind}`, async () => {
      const { url, project } = site();
      const plain = "tool_1.0.0_linux.tar.gz";
      const deep = "linux/amd64/tool.bin";
      const seen = await work(kind, token(), version);
      expect(seen).toEqual({
        row: { file_name: plain, size: content.length, sha256: new Bun.CryptoHasher("sha256").update(content).digest("hex"), has_url: true },
        same: { [plain]: true, [deep]: true, "memory.bin": true },
        missing: [404, expect.stringContaining("404")],
        first_files: [plain, encodeURIComponent(deep)],
        pages: [3, 2, 2, 1, 2],
        ...(kind === "job" ? {} : { in_group: { [project.path]: true } }),
        release_before: [404, expect.stringContaining("404")],
        release: { name: `Release ${version}`, links: 1, link_name: plain, link_url: linkOf(url, project.path, version, plain) },
        link_again: [400, expect.stringContaining("has already been taken")],
        removed: [204, 2, 204],
        gone: [404, expect.stringContaining("404")],
      });
    });
});

/** The address of a file as this client writes it: dots escaped as well. */
function linkOf(url: string, project: string, version: string, file: string): string {
  const escaped = (text: string): string => encodeURIComponent(text).replaceAll(".", "%2E").replaceAll("%2B", "+");
  return `${url}/api/v4/projects/${escaped(project)}/packages/generic/go/${escaped(version)}/${escaped(file)}`;
}

function missingForGo(): string | null {
  if (compiler === null) return "go is not on this machine";
  return existsSync(join(sources, "src/github.com/xanzy/go-gitlab")) ? null : "Debian's golang-github-xanzy-go-gitlab-dev is not on this machine";
}
