import { parseWhole } from "../config-values.ts";
import type { AccessToken } from "../core/domain.ts";
import { createToken, deleteToken, listTokens } from "../core/operations/manage-tokens.ts";
import { jsonFlag, type Call, type Command } from "./command.ts";
import { usageError } from "./command-error.ts";
import { withDataFolder } from "./data-folder.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { flagValue, nameAt } from "./flag-values.ts";
import { isoTime, listAll } from "./list-all.ts";
import { operator } from "./operator.ts";
import { textColumns } from "./text-columns.ts";

const dayMs = 86_400_000;
const longestDays = 3650;

/** `stowage token ...`. */
export const tokenCommands: readonly Command[] = [
  {
    words: "token add",
    names: ["USER", "NAME"],
    flags: [
      { name: "scopes", value: "LIST", meaning: "What it may do, separated by commas, such as write:package, api or all; needed" },
      { name: "expires-in-days", value: "N", meaning: `Days until it expires, 1 to ${longestDays} (default: never)` },
      jsonFlag,
    ],
    summary: "Make a token for an account; its secret is printed once",
    details: "Scopes are read:AREA and write:AREA (package, user, organization, admin and others), all, and public-only; or GitLab's: api, read_api, read_user and others.",
    run: add,
  },
  { words: "token list", names: ["USER"], flags: [jsonFlag], summary: "List the tokens of an account", details: "", run: list },
  {
    words: "token revoke",
    names: ["USER", "TOKEN"],
    flags: [],
    summary: "Revoke a token, by id or by name",
    details: "",
    run: revoke,
  },
];

async function add(call: Call): Promise<ExitCode> {
  const scopes = call.flags.get("scopes");
  if (scopes === undefined) throw usageError("stowage token add needs --scopes LIST, such as --scopes write:package");
  const days = flagValue(call, "expires-in-days", parseWhole(1, longestDays, "days"));
  const { token, secret } = await withDataFolder(call.config, (folder) =>
    createToken(folder, operator, nameAt(call, 0), {
      name: nameAt(call, 1),
      scopes: scopes.split(",").map((scope) => scope.trim()).filter((scope) => scope !== ""),
      expiresAtMs: days === null ? null : folder.clock.nowMs() + days * dayMs,
    }),
  );
  if (call.flags.has("json")) call.print(JSON.stringify({ ...toJson(token), secret }));
  else call.print(`The token "${token.name}" was made.\nIts secret, shown this once: ${secret}`);
  return exitCodes.done;
}

async function list(call: Call): Promise<ExitCode> {
  const tokens = await withDataFolder(call.config, (folder) =>
    listAll((page) => listTokens(folder, operator, nameAt(call, 0), page)),
  );
  if (call.flags.has("json")) call.print(JSON.stringify(tokens.map(toJson)));
  else {
    const rows = tokens.map((token) => [
      String(token.id),
      token.name,
      `...${token.lastEight}`,
      token.scopes.join(","),
      isoTime(token.expiresAtMs) ?? "never",
      isoTime(token.lastUsedAtMs) ?? "never",
    ]);
    call.print(textColumns([["ID", "NAME", "ENDS IN", "SCOPES", "EXPIRES", "LAST USED"], ...rows], "").join("\n"));
  }
  return exitCodes.done;
}

async function revoke(call: Call): Promise<ExitCode> {
  await withDataFolder(call.config, (folder) => deleteToken(folder, operator, nameAt(call, 0), nameAt(call, 1)));
  call.print(`The token "${nameAt(call, 1)}" was revoked.`);
  return exitCodes.done;
}

function toJson({ id, name, lastEight, scopes, createdAtMs, expiresAtMs, lastUsedAtMs }: AccessToken) {
  return { id, name, lastEight, scopes, createdAt: isoTime(createdAtMs), expiresAt: isoTime(expiresAtMs), lastUsedAt: isoTime(lastUsedAtMs) };
}
