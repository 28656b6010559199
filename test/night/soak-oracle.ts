import { judge, type Violation } from "../support/fault-journal.ts";
import { inParallel } from "../support/fault-waiting.ts";
import type { Contents } from "../support/fault-content.ts";
import type { SoakClient } from "./soak-client.ts";
import type { SoakName, SoakNames } from "./soak-names.ts";

const parallel = 16;

/** Looks what became of every change that was not answered, sends it again, and is certain of every name afterwards. */
export async function settleUnanswered(client: SoakClient, names: SoakNames, contents: Contents, violations: Violation[]): Promise<number> {
  const unanswered = names.all.filter(({ isChanging }) => isChanging);
  await inParallel(parallel, unanswered, async (name) => {
    const reading = await client.read(client.pathOf(name));
    const violation = reading === null ? silence(name) : judge(name, reading);
    if (violation !== null) violations.push(violation);
    const { pending } = name;
    const isPresent = reading?.kind === "content";
    if (pending?.kind === "upload") {
      const status = await client.put(name, contents.bytesOf(pending.content));
      // Gitea's rule refuses a name that is there; GitLab's makes another revision.
      const wanted = name.dialect === "gitea" && isPresent ? 409 : 201;
      if (status !== wanted) violations.push({ kind: "retry refused", detail: `PUT ${name.path} again: ${status ?? "no answer"}` });
      names.settle(name, pending.content);
    } else {
      const status = await client.delete(name);
      if (status !== (isPresent ? 204 : 404))
        violations.push({ kind: "retry refused", detail: `DELETE ${name.path} again: ${status ?? "no answer"}` });
      names.settle(name, null);
    }
  });
  return unanswered.length;
}

/** Reads every name that was ever used and compares it with what the answers allow; gives how many were read. */
export async function rereadAll(client: SoakClient, names: SoakNames, violations: Violation[]): Promise<number> {
  await inParallel(parallel, names.all, async (name) => {
    const reading = await client.read(client.pathOf(name));
    const violation = reading === null ? silence(name) : judge(name, reading);
    if (violation !== null) violations.push(violation);
  });
  return names.all.length;
}

/** Compares the lists of both APIs with the names that hold a file; gives how many versions were listed. */
export async function compareLists(client: SoakClient, names: SoakNames, violations: Violation[]): Promise<number> {
  let listed = 0;
  for (const dialect of ["gitea", "gitlab"] as const) {
    const held = names.held().filter((name) => name.dialect === dialect);
    const wanted = new Set(held.map(({ path }) => path.split("/").slice(0, 2).join("/")));
    const found = await listVersions(client, dialect);
    listed += found.length;
    const missing = [...wanted].filter((version) => !found.includes(version));
    const surplus = found.filter((version) => !wanted.has(version));
    if (new Set(found).size !== found.length) violations.push({ kind: "unexpected answer", detail: `${dialect}: a version is listed twice` });
    if (missing.length > 0) violations.push({ kind: "acknowledged file lost", detail: `${dialect}: not listed: ${missing.slice(0, 5).join(" ")}` });
    if (surplus.length > 0) violations.push({ kind: "acknowledged delete undone", detail: `${dialect}: listed: ${surplus.slice(0, 5).join(" ")}` });
  }
  return listed;
}

/** `package/version` of everything that one API lists, page by page. */
async function listVersions(client: SoakClient, dialect: SoakName["dialect"]): Promise<string[]> {
  const found: string[] = [];
  for (let page = 1; page < 1000; page += 1) {
    const path =
      dialect === "gitea" ? `/api/v1/packages/root?limit=50&page=${page}` : `/api/v4/projects/${client.project}/packages?per_page=50&page=${page}`;
    const answer = await client.send(path);
    if (answer?.status !== 200) throw new Error(`GET ${path}: ${answer?.status ?? "no answer"}`);
    const rows: readonly { readonly name: string; readonly version: string }[] = JSON.parse(new TextDecoder().decode(answer.bytes));
    if (rows.length === 0) return found;
    found.push(...rows.map(({ name, version }) => `${name}/${version}`));
  }
  throw new Error("the list has no end");
}

function silence(name: SoakName): Violation {
  return { kind: "broken connection", detail: `GET ${name.path}: no answer from a running server` };
}
