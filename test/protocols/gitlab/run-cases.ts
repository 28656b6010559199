import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { rawRequest } from "../../support/raw-http.ts";
import { breakOff } from "../break-off.ts";
import { compareAnswer } from "../compare-answer.ts";
import { encodeRequest } from "../encode-request.ts";
import type { Names } from "../exchange.ts";
import { credentialLines, credentialTarget, type CredentialForm } from "./credential-form.ts";
import { openWorld } from "./open-world.ts";
import type { Exchange, ProtocolCase } from "./protocol-case.ts";
import { projectOf, type World } from "./world.ts";

export interface RunOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** What must stand before the first case. */
  readonly prepare?: (world: World) => Promise<void>;
}

let packages = 0;

/** Runs a table of cases against one server on a fresh folder. */
export function runCases(title: string, cases: readonly ProtocolCase[], options: RunOptions = {}): void {
  describe(title, () => {
    let world: World;
    beforeAll(async () => {
      world = await openWorld(options.settings);
      await options.prepare?.(world);
    });
    for (const one of cases) {
      it(`${one.row}: ${one.it}`, async () => await play(world, one), 20_000);
    }
    it("logged no internal error and no secret", () => {
      const lines = world.server.logLines;
      expect(lines.filter((line) => /"status":\s*5\d\d/.test(line))).toEqual([]);
      const secrets = [...world.secrets];
      expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    });
    afterAll(async () => await world.server.stop());
  });
}

async function play(world: World, one: ProtocolCase): Promise<void> {
  packages += 1;
  const project = await world.project(one.project ?? "public");
  const names: Names = new Map([
    ["p", `c${packages}e`], // no such name is part of another, for searches
    ["project", String(project.id)],
    ["path", encodeURIComponent(project.path)],
    ["api", `/api/v4/projects/${project.id}`],
  ]);
  for (const step of one.steps) {
    if (typeof step === "function") await step(world, names);
    else await exchange(world, names, step);
  }
}

/** GitLab's JSON: no charset, no newline at its end (observed). */
const gitlabJson = { type: "application/json", endsWithNewline: false };

/** Sends one request and holds its answer against what is expected. */
async function exchange(world: World, names: Names, step: Exchange): Promise<void> {
  const fill = async (text: string): Promise<string> => await world.fill(text, names);
  const filled = await fill(step.target);
  const plain = filled === "*" || filled.startsWith("/") ? filled : await fill(`{api}/packages/generic/${filled}`);
  const caller = step.as ?? "developer";
  const secret = await world.secret(caller, projectOf(names));
  const form = step.by ?? formOf(caller);
  const target = secret === null ? plain : credentialTarget(plain, secret, form);
  const credentials = secret === null ? [] : credentialLines(secret, form);
  const wire = await encodeRequest(step, target, { port: world.port, fill, credentials });
  if (step.promisedBytes !== undefined) return await breakOff(world.port, wire);
  const answer = await rawRequest(world.port, wire);
  const saw = `${step.method} ${plain} as ${caller} by ${form}`;
  await compareAnswer({ saw, method: step.method, answer, wanted: step.expect, fill, json: gitlabJson });
  for (const [name, header] of Object.entries(step.keep ?? {})) {
    names.set(name, answer.headers.get(header)?.[0] ?? "");
  }
  await step.check?.(answer, world, names);
}

function formOf(caller: string): CredentialForm {
  if (caller.startsWith("deploy-")) return "deploy";
  return caller === "job" || caller.startsWith("job:") ? "job" : "private";
}
