import { expect, it } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeProgram } from "./describe-program.ts";
import { isInstalled, runProgram } from "./run-program.ts";

const content = randomBytes(3_000_000);

/** wget's exit code for an answer that says no. */
const refused = 8;
const refusedSignIn = 6;

describeProgram("wget on a private project", isInstalled("wget") ? null : "wget is not on this machine", (site) => {
  const fileUrl = (name: string): string => `${site().projectUrl}/packages/generic/wget/1.0.0/${name}`;
  const privateToken = (): string => `--header=PRIVATE-TOKEN: ${site().maintainer.token}`;
  /** Runs wget in the folder; what the server answered is in the complaints. */
  const wget = async (...words: readonly string[]) => {
    const command = ["wget", "--no-config", "--server-response", "--tries=1", ...words];
    const { exitCode, output, complaints } = await runProgram({ command, workingDirectory: site().folder });
    const statuses = [...complaints.matchAll(/^ {2}HTTP\/1\.[01] (\d{3})/gm)].map((match) => Number(match[1]));
    return { exitCode, output: output.toString("utf8"), complaints, statuses };
  };
  const written = (name: string): Buffer => readFileSync(join(site().folder, name));
  const upload = async (name: string): Promise<void> => {
    writeFileSync(join(site().folder, "upload.bin"), content);
    const put = await wget("--method=PUT", privateToken(), "--body-file=upload.bin", "--output-document=-", fileUrl(name));
    expect([put.exitCode, put.statuses, put.output]).toEqual([0, [201], '{"message":"201 Created"}']);
  };
  const credentials = () => [
    { kind: "a personal access token", user: "anyone", password: site().maintainer.token },
    { kind: "a deploy token", user: site().deployToken.username, password: site().deployToken.token },
    { kind: "a job token", user: "gitlab-ci-token", password: site().jobToken },
  ];

  it("uploads with --body-file and downloads the same", async () => {
    await upload("plain.bin");
    const got = await wget(privateToken(), "--output-document=plain.bin", fileUrl("plain.bin"));
    expect([got.exitCode, got.statuses]).toEqual([0, [200]]);
    expect(written("plain.bin").equals(content)).toBe(true);
    const job = await wget(`--header=JOB-TOKEN: ${site().jobToken}`, "--output-document=job.bin", fileUrl("plain.bin"));
    expect([job.exitCode, job.statuses]).toEqual([0, [200]]);
    expect(written("job.bin").equals(content)).toBe(true);
  });

  it("signs in with --user and --password when it is challenged", async () => {
    await upload("basic.bin");
    for (const { kind, user, password } of credentials()) {
      const got = await wget(`--user=${user}`, `--password=${password}`, "--output-document=basic.bin", fileUrl("basic.bin"));
      expect([kind, got.exitCode, got.statuses]).toEqual([kind, 0, [401, 200]]);
      expect(got.complaints).toMatch(/^ {2}WWW-Authenticate: Basic realm="/im);
      expect(written("basic.bin").equals(content)).toBe(true);
    }
  });

  it("uploads with --user and --password, sending the body twice", async () => {
    writeFileSync(join(site().folder, "upload.bin"), content);
    for (const [at, { kind, user, password }] of credentials().entries()) {
      const put = await wget("--method=PUT", `--user=${user}`, `--password=${password}`, "--body-file=upload.bin", "--output-document=-", fileUrl(`put-${at}.bin`));
      expect([kind, put.exitCode, put.statuses, put.output]).toEqual([kind, 0, [401, 201], '{"message":"201 Created"}']);
      const got = await wget(privateToken(), "--output-document=put.bin", fileUrl(`put-${at}.bin`));
      expect([kind, got.exitCode]).toEqual([kind, 0]);
      expect(written("put.bin").equals(content)).toBe(true);
    }
  });

  it("resumes with -c, and is content with a complete file", async () => {
    await upload("resumed.bin");
    writeFileSync(join(site().folder, "resumed.bin"), content.subarray(0, 1_000_000));
    const rest = await wget("-c", privateToken(), "--output-document=resumed.bin", fileUrl("resumed.bin"));
    expect([rest.exitCode, rest.statuses]).toEqual([0, [206]]);
    expect(written("resumed.bin").equals(content)).toBe(true);
    const nothing = await wget("-c", privateToken(), "--output-document=resumed.bin", fileUrl("resumed.bin"));
    expect([nothing.exitCode, nothing.statuses]).toEqual([0, [416]]);
    expect(written("resumed.bin").equals(content)).toBe(true);
  });

  it("looks with --spider", async () => {
    await upload("seen.bin");
    const there = await wget("--spider", privateToken(), fileUrl("seen.bin"));
    expect([there.exitCode, there.statuses]).toEqual([0, [200]]);
    expect(there.complaints).toMatch(/^Length: 3000000 /m);
    const missing = await wget("--spider", privateToken(), fileUrl("unseen.bin"));
    expect([missing.exitCode, missing.statuses]).toEqual([refused, [404]]);
  });

  it("downloads again with -N only what is newer, and names the file by --content-disposition", async () => {
    await upload("newer.bin");
    expect(await wget("-N", privateToken(), fileUrl("newer.bin"))).toMatchObject({ exitCode: 0, statuses: [200] });
    expect(written("newer.bin").equals(content)).toBe(true);
    expect(await wget("-N", privateToken(), fileUrl("newer.bin"))).toMatchObject({ exitCode: 0, statuses: [304] });
    const named = await wget("--content-disposition", "--directory-prefix=named", privateToken(), `${fileUrl("newer.bin")}?from=wget`);
    expect([named.exitCode, named.statuses.at(-1)]).toEqual([0, 200]);
    expect(written("named/newer.bin").equals(content)).toBe(true);
  });

  it("is refused without a credential, and with one that is wrong", async () => {
    await upload("private.bin");
    expect(await wget("--output-document=none.bin", fileUrl("private.bin"))).toMatchObject({ exitCode: refusedSignIn, statuses: [401] });
    const wrong = await wget("--user=anyone", "--password=glpat-no-such-token", "--output-document=none.bin", fileUrl("private.bin"));
    expect([wrong.exitCode, wrong.statuses]).toEqual([refusedSignIn, [401, 401]]);
    const stranger = await wget(`--header=PRIVATE-TOKEN: ${site().stranger.token}`, "--output-document=none.bin", fileUrl("private.bin"));
    expect([stranger.exitCode, stranger.statuses]).toEqual([refused, [404]]);
  });
});
