import { expect, it } from "bun:test";
import { join } from "node:path";
import { describeProgram } from "./describe-program.ts";
import { isInstalled, runProgram } from "./run-program.ts";

/** Debian's own Python has Debian's packages; another that comes first in PATH may not. */
const python = ["/usr/bin/python3", "python3"].find((program) => isInstalled(program, ["-c", "import gitlab"])) ?? null;

describeProgram("python-gitlab", python === null ? "Python with python-gitlab is not on this machine" : null, (site) => {
  const run = async (scenario: string, kind: string, token: string): Promise<unknown> => {
    const { url, project, folder } = site();
    const program = join(import.meta.dir, "programs/python-gitlab.py");
    const { exitCode, output, complaints } = await runProgram({
      command: [python ?? "python3", program, scenario, url, kind, token, project.path, folder],
    });
    if (exitCode !== 0) throw new Error(`${scenario} ended with ${exitCode}: ${complaints.slice(-2000)}`);
    return JSON.parse(output.toString("utf8"));
  };

  for (const { kind, token } of [
    { kind: "private", token: () => site().maintainer.token },
    { kind: "oauth", token: () => site().maintainer.token },
    { kind: "basic", token: () => site().maintainer.token },
    { kind: "job", token: () => site().jobToken },
  ])
    it(`uploads and downloads with a token of kind ${kind}`, async () => {
      const created = "201 Created";
      expect(await run("transfer", kind, token())).toEqual({
        messages: [created, created, created],
        same: [true, true, true],
        same_streamed: true,
        empty_message: created,
        // For an empty file this client sends a JSON body of its own, which every server has to take for the content.
        empty: "{}",
        sha256: expect.any(String),
      });
    });

  it("lists over pages, by offset and by keyset, shows, and deletes", async () => {
    const versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "2.0.0"];
    expect(await run("manage", "private", site().maintainer.token)).toEqual({
      listed: versions,
      walked: versions,
      keyset: versions,
      totals: [5, 3, 1, 2, null, 2],
      one: ["managed", "2.0.0", versions.slice(0, 4)],
      files: [["file.txt", 9, true], ["second.txt", 9, true]],
      in_group: [site().project.path],
      left: ["file.txt"],
      gone: ["GitlabGetError", 404, expect.stringContaining("404")],
    });
  });

  it("does what scripts do around the packages", async () => {
    const { project, maintainer, reporter } = site();
    const seen = await run("surround", "private", maintainer.token);
    expect(seen).toMatchObject({
      user: maintainer.name,
      server_version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      project: [project.path, "private", 40],
      variable: ["1.2.4", ["VERSION"], ["GitlabGetError", 404, "404 Variable Not Found"]],
      deploy_token: [true, true, true],
      release: [[["v1.0.0", "One"]], ["file"], ["GitlabGetError", 404, expect.stringContaining("404")]],
      members: expect.arrayContaining([maintainer.name, reporter.name]),
      project_token_reads: project.path,
    });
  });

  it("is told why something failed", async () => {
    expect(await run("fail", "private", site().maintainer.token)).toEqual({
      missing_file: ["GitlabGetError", 404, expect.stringMatching(/^404 Not [Ff]ound$/)],
      missing_project: ["GitlabGetError", 404, "404 Project Not Found"],
      bad_version: ["GitlabUploadError", 400, "package_version is invalid"],
      bad_token: ["GitlabAuthenticationError", 401, "401 Unauthorized"],
      bad_token_upload: ["GitlabAuthenticationError", 401, "401 Unauthorized"],
    });
  });
});
