import { parseLimit, parseSizeLimit, type Parser } from "../config-values.ts";
import type { AccessLevel, Limits, Namespace, OwnLimits } from "../core/domain.ts";
import { parseNamespaceName } from "../core/namespace-name.ts";
import { accountOrThrow } from "../core/operations/manage-accounts.ts";
import { jsonFlag, type Call, type Command } from "./command.ts";
import { refusal, usageError } from "./command-error.ts";
import { withDataFolder, type DataFolder } from "./data-folder.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { flagValue, nameAt, visibilityFlag, visibilityOf } from "./flag-values.ts";
import { isoTime, listAll } from "./list-all.ts";
import { textColumns } from "./text-columns.ts";

/** Words for a member's level: GitLab's roles, and Gitea's permissions. */
const levels: ReadonlyMap<string, AccessLevel> = new Map([
  ["none", 0],
  ["guest", 10],
  ["planner", 15],
  ["reporter", 20],
  ["developer", 30],
  ["maintainer", 40],
  ["owner", 50],
  ["read", 20],
  ["write", 40],
  ["admin", 50],
]);

/** Which flag sets which limit, and how its value is read. */
const limitFlags: readonly { readonly name: string; readonly limit: keyof Limits; readonly parse: Parser<number | null> }[] = [
  { name: "versions", limit: "ownerVersions", parse: parseLimit },
  { name: "bytes", limit: "ownerBytes", parse: parseSizeLimit },
  { name: "file-bytes", limit: "fileBytes", parse: parseSizeLimit },
];

/** `stowage namespace ...`. */
export const namespaceCommands: readonly Command[] = [
  { words: "namespace add", names: ["NAME"], flags: [visibilityFlag], summary: "Create a group", details: "", run: add },
  { words: "namespace list", names: [], flags: [jsonFlag], summary: "List all namespaces: accounts and groups", details: "", run: list },
  {
    words: "namespace member",
    names: ["NAME", "USER"],
    flags: [{ name: "level", value: "WORD", meaning: `${[...levels.keys()].join(", ")}; needed` }],
    summary: "Set what a user may do in a namespace",
    details: "This is the grant given directly; what teams give besides stays. none takes it away.",
    run: setMember,
  },
  {
    words: "namespace limits",
    names: ["NAME"],
    flags: [
      { name: "versions", value: "N", meaning: "Most versions" },
      { name: "bytes", value: "SIZE", meaning: "Most bytes, such as 10 GiB" },
      { name: "file-bytes", value: "SIZE", meaning: "Largest file" },
      jsonFlag,
    ],
    summary: "Show or set the limits of a namespace",
    details: "-1 is no limit, inherit is the limit of the instance. Administrators are exempt.",
    run: setLimits,
  },
];

async function add(call: Call): Promise<ExitCode> {
  const name = parseNamespaceName(nameAt(call, 0));
  const visibility = visibilityOf(call);
  const result = await withDataFolder(call.config, ({ metadata, clock }) =>
    metadata.namespaces.createGroup({
      name,
      visibility,
      fullName: "",
      description: "",
      email: "",
      website: "",
      location: "",
      ownerId: null,
      nowMs: clock.nowMs(),
    }),
  );
  if (result.outcome === "name_taken") throw refusal(`the name "${name}" is taken already`);
  call.print(`The group "${name}" was created. Give it members with stowage namespace member ${name} USER --level WORD.`);
  return exitCodes.done;
}

async function list(call: Call): Promise<ExitCode> {
  const namespaces = await withDataFolder(call.config, async ({ metadata }) => {
    const found = await listAll((page) => metadata.namespaces.list(page));
    return Promise.all(found.map(async (namespace) => ({ ...namespace, usage: await metadata.namespaces.usage(namespace.id) })));
  });
  if (call.flags.has("json"))
    call.print(
      JSON.stringify(
        namespaces.map(({ id, path, kind, visibility, limits, usage, createdAtMs }) => ({ id, path, kind, visibility, limits, usage, createdAt: isoTime(createdAtMs) })),
      ),
    );
  else {
    const rows = namespaces.map(({ path, kind, visibility, usage }) => [path, kind, visibility, String(usage.versions), String(usage.bytes)]);
    call.print(textColumns([["PATH", "KIND", "VISIBILITY", "VERSIONS", "BYTES"], ...rows], "").join("\n"));
  }
  return exitCodes.done;
}

async function setMember(call: Call): Promise<ExitCode> {
  const word = call.flags.get("level");
  const level = word === undefined ? undefined : levels.get(word);
  if (word === undefined || level === undefined) throw usageError(`stowage namespace member needs --level, one of ${[...levels.keys()].join(", ")}`);
  await withDataFolder(call.config, async ({ metadata }) => {
    const namespace = await namespaceOrThrow(metadata, nameAt(call, 0));
    const user = await accountOrThrow(metadata, nameAt(call, 1));
    const outcome = await metadata.namespaces.setGrant({ namespaceId: namespace.id, userId: user.id, level });
    if (outcome === "absent") throw refusal("the namespace or the user was removed meanwhile");
  });
  call.print(`${nameAt(call, 1)} has the level ${word} in ${nameAt(call, 0)}.`);
  return exitCodes.done;
}

async function setLimits(call: Call): Promise<ExitCode> {
  const limits = await withDataFolder(call.config, async ({ metadata }) => {
    const namespace = await namespaceOrThrow(metadata, nameAt(call, 0));
    const changed = changedLimits(call, namespace.limits);
    if (changed === null) return namespace.limits;
    const updated = await metadata.namespaces.update(namespace.id, { limits: changed });
    if (updated === null) throw refusal("the namespace was removed meanwhile");
    return updated.limits;
  });
  if (call.flags.has("json")) call.print(JSON.stringify(limits));
  else call.print(textColumns(limitFlags.map(({ name, limit }) => [name, limitText(limits[limit])]), "").join("\n"));
  return exitCodes.done;
}

/** The namespace's own limits after the call; null when it changes none. */
function changedLimits(call: Call, own: OwnLimits): OwnLimits | null {
  const given = limitFlags.filter(({ name }) => call.flags.has(name));
  if (given.length === 0) return null;
  const limits: { -readonly [Name in keyof OwnLimits]: OwnLimits[Name] } = { ...own };
  for (const { name, limit, parse } of given) {
    if (call.flags.get(name) === "inherit") delete limits[limit];
    else limits[limit] = flagValue(call, name, parse);
  }
  return limits;
}

function limitText(limit: number | null | undefined): string {
  if (limit === undefined) return "inherited";
  return limit === null ? "none" : String(limit);
}

async function namespaceOrThrow(metadata: DataFolder["metadata"], path: string): Promise<Namespace> {
  const namespace = await metadata.namespaces.find(path);
  if (namespace === null) throw refusal(`there is no namespace "${path}"`);
  return namespace;
}
