import { afterAll, beforeAll, describe, it, setDefaultTimeout } from "bun:test";
import { openGitlabSite, type GitlabSite } from "./gitlab-accounts.ts";
import { isContinuousIntegration } from "./run-program.ts";

/** Programs start slowly on a busy machine; a server that is stuck is still found. */
const programTimeoutMs = 120_000;

/**
 * Describes what a program does with the GitLab dialect: `cases` gets a server process of its own. Where `missing` says
 * what is not on this machine, the cases are one skip with that reason; in CI they are one failure.
 */
export function describeProgram(title: string, missing: string | null, cases: (site: () => GitlabSite) => void): void {
  setDefaultTimeout(programTimeoutMs);
  describe(title, () => {
    if (missing === null) return cases(siteOfThese());
    if (!isContinuousIntegration) return it.skip(`runs (skipped: ${missing})`, () => undefined);
    return it("runs", () => {
      throw new Error(`${missing}, and CI skips nothing`);
    });
  });
}

function siteOfThese(): () => GitlabSite {
  let opened: GitlabSite | null = null;
  beforeAll(async () => {
    opened = await openGitlabSite();
  });
  afterAll(async () => {
    await opened?.close();
  });
  return () => {
    if (opened === null) throw new Error("the server runs only within a test");
    return opened;
  };
}
