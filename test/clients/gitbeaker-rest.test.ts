import { expect, it } from "bun:test";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeProgram } from "./describe-program.ts";
import { isObject } from "./read-answer.ts";
import type { GitlabSite } from "./gitlab-accounts.ts";
import { missingNodeProgram, readFromNode } from "./node-programs.ts";

type Call = readonly [string, ...unknown[]];

const content = randomBytes(300_000);
const shown = { bytes: content.length, sha256: new Bun.CryptoHasher("sha256").update(content).digest("hex") };

describeProgram("@gitbeaker/rest", missingNodeProgram("@gitbeaker/rest"), (site) => {
  /** Makes the calls and gives their values; a call that fails gives its error instead. */
  const call = async (calls: readonly Call[], client: object = { token: site().maintainer.token }): Promise<readonly unknown[]> => {
    const outcomes = await readFromNode("gitbeaker-rest.mjs", [JSON.stringify({ client: { host: site().url, ...client }, calls })]);
    if (!Array.isArray(outcomes)) throw new Error("no outcomes");
    return outcomes.map((outcome: unknown) => (isObject(outcome) && "value" in outcome ? outcome["value"] : outcome));
  };
  const publish = (version: string, filename: string, name = "beaker"): Call => [
    "PackageRegistry.publish",
    site().project.path,
    name,
    version,
    { content: { $file: contentFile(site()) }, filename },
  ];
  const download = (version: string, file: string, options?: object): Call => [
    "PackageRegistry.download", site().project.path, "beaker", version, file, ...(options === undefined ? [] : [options]),
  ];

  it("publishes with each kind of token, and downloads the same bytes, whatever the file is called", async () => {
    const clients = [{ token: site().maintainer.token }, { jobToken: site().jobToken }, { oauthToken: site().maintainer.token }];
    for (const [index, client] of clients.entries()) {
      const version = `1.0.${index}`;
      const created = { message: "201 Created" };
      const files = ["a.bin", "data.json", "notes.txt"];
      expect(await call(files.map((file) => publish(version, file)), client)).toEqual([created, created, created]);
      expect(await call(files.map((file) => download(version, file)), client)).toEqual([shown, shown, shown]);
      expect(await call([download(version, "a.bin", { asStream: true })], client)).toEqual([shown]);
    }
  });

  it("publishes into a directory, which it names with %2F", async () => {
    expect(await call([publish("2.0.0", "linux/amd64/tool"), download("2.0.0", "linux/amd64/tool")])).toEqual([
      { message: "201 Created" },
      shown,
    ]);
  });

  it("passes its options on as form fields behind the file, which hide a version", async () => {
    const options = { status: "hidden", select: "package_file" };
    const [row, listed, hidden, read] = await call([
      [...publish("1.0.0", "a.bin", "beaker-hidden"), options],
      ["Packages.all", { projectId: site().project.path, packageName: "beaker-hidden" }],
      ["Packages.all", { projectId: site().project.path, packageName: "beaker-hidden", status: "hidden" }],
      ["PackageRegistry.download", site().project.path, "beaker-hidden", "1.0.0", "a.bin"],
    ]);
    expect(row).toMatchObject({ file_name: "a.bin", size: content.length, file_sha256: shown.sha256 });
    expect(listed).toEqual([]);
    expect(hidden).toMatchObject([{ name: "beaker-hidden", version: "1.0.0", status: "hidden" }]);
    expect(read).toEqual(shown);
  });

  it("walks through the pages of a list, of the project and of the group", async () => {
    const versions = ["1.0.0", "1.1.0", "1.2.0", "1.10.0", "2.0.0"];
    await call(versions.map((version) => publish(version, "a.bin", "beaker-paged")));
    const query = { packageType: "generic", packageName: "beaker-paged", perPage: 2, orderBy: "created_at", sort: "desc" };
    const lists = await call([
      ["Packages.all", { projectId: site().project.path, ...query }],
      ["Packages.all", { projectId: site().project.id, ...query, sort: "asc" }],
      ["Packages.all", { groupId: site().groupPath, ...query }],
      ["Packages.all", { projectId: site().project.path, ...query, maxPages: 2 }],
    ]);
    const seen = lists.map((list) => (Array.isArray(list) ? list.map((item: unknown) => (isObject(item) ? item["version"] : null)) : list));
    const newestFirst = versions.toReversed();
    expect(seen).toEqual([newestFirst, versions, newestFirst, newestFirst.slice(0, 4)]);
    const [page] = await call([["Packages.all", { projectId: site().project.path, ...query, page: 2, showExpanded: true }]]);
    expect(page).toMatchObject({ paginationInfo: { total: 5, totalPages: 3, current: 2, perPage: 2, next: 3, previous: 1 } });
  });

  it("shows a package and its files, deletes a file, then the package", async () => {
    const { path } = site().project;
    await call([publish("1.0.0", "a.bin", "beaker-gone"), publish("1.0.0", "b.bin", "beaker-gone"), publish("1.1.0", "a.bin", "beaker-gone")]);
    const [listed] = await call([["Packages.all", { projectId: path, packageName: "beaker-gone", packageVersion: "1.0.0" }]]);
    const id = idsOf(listed)[0];
    const [one, files] = await call([["Packages.show", path, id], ["Packages.allFiles", path, id]]);
    expect(one).toMatchObject({ id, name: "beaker-gone", version: "1.0.0", package_type: "generic", status: "default", versions: [{ version: "1.1.0" }] });
    const file = { package_id: id, size: content.length, file_sha256: shown.sha256 };
    expect(files).toMatchObject([{ ...file, file_name: "a.bin" }, { ...file, file_name: "b.bin" }]);
    const [removed, left, gone, missing] = await call([
      ["Packages.removeFile", path, id, idsOf(files)[0]],
      ["Packages.allFiles", path, id],
      ["Packages.remove", path, id],
      ["Packages.show", path, id],
    ]);
    expect([removed, gone]).toEqual([null, null]);
    expect(left).toMatchObject([{ file_name: "b.bin" }]);
    expect(missing).toMatchObject({ error: "GitbeakerRequestError", status: 404 });
  });

  it("creates, shows, lists and removes deploy tokens", async () => {
    const at = { projectId: site().project.path };
    const scopes = ["read_package_registry", "write_package_registry"];
    const [created] = await call([["DeployTokens.create", "beaker", scopes, { ...at, expiresAt: "2099-01-01T00:00:00Z" }]]);
    expect(created).toMatchObject({ name: "beaker", scopes, username: expect.any(String), token: expect.any(String), revoked: false, expired: false });
    const id = idsOf([created])[0];
    const [one, all, removed, left] = await call([
      ["DeployTokens.show", id, at],
      ["DeployTokens.all", at],
      ["DeployTokens.remove", id, at],
      ["DeployTokens.all", { ...at, active: true }],
    ]);
    expect(one).toMatchObject({ id, name: "beaker" });
    expect(one).not.toHaveProperty("token");
    expect(idsOf(all)).toContain(id);
    expect(removed).toBeNull();
    expect(idsOf(left)).not.toContain(id);
  });

  it("tells why a call failed", async () => {
    const failed = (status: number, message: RegExp) => ({ error: "GitbeakerRequestError", status, message: expect.stringMatching(message) });
    expect(await call([download("1.0.0", "nothing.bin"), publish("1.0.0", "not a name")])).toEqual([
      failed(404, /404 Not [Ff]ound/),
      failed(400, /^file_name is invalid$/),
    ]);
    expect(await call([download("1.0.0", "a.bin"), publish("1.0.0", "a.bin")], { token: "glpat-no-such-token" })).toEqual([
      failed(401, /401 Unauthorized/),
      failed(401, /401 Unauthorized/),
    ]);
    expect(await call([publish("1.0.0", "a.bin")], { token: site().reporter.token })).toEqual([failed(403, /^403 Forbidden/)]);
    expect(await call([download("1.0.0", "a.bin")], { token: site().stranger.token })).toEqual([failed(404, /404/)]);
  });
});

function contentFile({ folder }: GitlabSite): string {
  const path = join(folder, "content.bin");
  writeFileSync(path, content);
  return path;
}

function idsOf(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list.map((item: unknown) => (isObject(item) ? item["id"] : undefined)) : [];
}
