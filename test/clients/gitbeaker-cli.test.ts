import { expect, it } from "bun:test";
import { describeProgram } from "./describe-program.ts";
import { isObject } from "./read-answer.ts";
import { missingNodeProgram, runWithNode } from "./node-programs.ts";

describeProgram("@gitbeaker/cli", missingNodeProgram("@gitbeaker/cli"), (site) => {
  /** Runs `gitbeaker` with the host and the token in its environment, as its documentation says. */
  const gitbeaker = (words: readonly string[], token = site().maintainer.token) =>
    runWithNode("node_modules/@gitbeaker/cli/dist/index.mjs", words, { environment: { GITBEAKER_HOST: site().url, GITBEAKER_TOKEN: token } });
  const printed = async (...words: readonly string[]): Promise<unknown> => {
    const { exitCode, output, complaints } = await gitbeaker(words);
    if (exitCode !== 0) throw new Error(`gitbeaker ${words.join(" ")}: ${exitCode} ${output.toString("utf8")} ${complaints}`);
    const text = output.toString("utf8").trim();
    return text === "" ? null : JSON.parse(text);
  };
  const atProject = (): readonly string[] => ["--project-id", site().project.path];
  const publish = async (name: string, version: string): Promise<void> => {
    const answer = await fetch(`${site().projectUrl}/packages/generic/${name}/${version}/file.txt`, {
      method: "PUT",
      headers: { "private-token": site().maintainer.token },
      body: `${name} ${version}`,
    });
    expect(answer.status).toBe(201);
  };

  it("lists, shows and removes packages and their files", async () => {
    for (const version of ["1.0.0", "1.1.0"]) await publish("from-cli", version);
    await publish("other", "1.0.0");
    const filters = ["--package-name", "from-cli", "--order-by", "version", "--sort", "desc"];
    const listed = await printed("packages", "all", ...atProject(), ...filters);
    expect(listed).toMatchObject([{ name: "from-cli", version: "1.1.0" }, { name: "from-cli", version: "1.0.0" }]);
    expect(listed).toHaveLength(2);
    expect(await printed("packages", "all", "--group-id", site().groupPath, "--package-name", "other")).toMatchObject([
      { name: "other", project_path: site().project.path },
    ]);
    const id = String(firstId(listed));
    const ofPackage = [...atProject(), "--package-id", id];
    expect(await printed("packages", "show", ...ofPackage)).toMatchObject({ version: "1.1.0", versions: [{ version: "1.0.0" }] });
    expect(await printed("packages", "all-files", ...ofPackage)).toMatchObject([{ file_name: "file.txt", size: 14 }]);
    expect(await printed("packages", "remove", ...ofPackage)).toBeNull();
    expect(await printed("packages", "all", ...atProject(), ...filters)).toMatchObject([{ version: "1.0.0" }]);
  });

  it("creates, lists and removes deploy tokens; its one scope is a bare text", async () => {
    const created = await printed("deploy-tokens", "create", ...atProject(), "--name", "cli", "--scopes", "read_package_registry");
    expect(created).toMatchObject({ name: "cli", scopes: ["read_package_registry"], token: expect.any(String) });
    const id = isObject(created) ? created["id"] : null;
    expect(await printed("deploy-tokens", "all", ...atProject())).toContainEqual(expect.objectContaining({ id, name: "cli" }));
    expect(await printed("deploy-tokens", "remove", ...atProject(), "--token-id", String(id))).toBeNull();
    expect(await printed("deploy-tokens", "all", ...atProject())).not.toContainEqual(expect.objectContaining({ id }));
  });

  it("fails with the registry's words", async () => {
    const { exitCode, output, complaints } = await gitbeaker(["packages", "all", ...atProject()], "glpat-no-such-token");
    expect(exitCode).not.toBe(0);
    expect(output.toString("utf8") + complaints).toContain("401 Unauthorized");
  });
});

function firstId(list: unknown): unknown {
  const first: unknown = Array.isArray(list) ? list[0] : null;
  return isObject(first) ? first["id"] : null;
}
