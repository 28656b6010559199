import type { User } from "../core/domain.ts";
import { createUser, updateUser } from "../core/operations/manage-accounts.ts";
import { createPasswordHasher } from "../password-hasher.ts";
import { jsonFlag, type Call, type Command } from "./command.ts";
import { usageError } from "./command-error.ts";
import { withDataFolder } from "./data-folder.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { nameAt, visibilityFlag, visibilityOf } from "./flag-values.ts";
import { isoTime, listAll } from "./list-all.ts";
import { newPassword, passwordFlag } from "./new-password.ts";
import { operator } from "./operator.ts";
import { textColumns } from "./text-columns.ts";

/** `stowage user ...`. */
export const userCommands: readonly Command[] = [
  {
    words: "user add",
    names: ["NAME"],
    flags: [
      { name: "email", value: "ADDRESS", meaning: "E-mail address, needed" },
      passwordFlag,
      { name: "admin", value: null, meaning: "Make it an administrator" },
      visibilityFlag,
    ],
    summary: "Create an account",
    details: "",
    run: add,
  },
  { words: "user list", names: [], flags: [jsonFlag], summary: "List all accounts", details: "", run: list },
  {
    words: "user disable",
    names: ["NAME"],
    flags: [],
    summary: "Take every access from an account",
    details: "Its password and its tokens are refused from now on; its files stay.",
    run: (call) => setActive(call, false),
  },
  {
    words: "user enable",
    names: ["NAME"],
    flags: [],
    summary: "Give a disabled account its access back",
    details: "",
    run: (call) => setActive(call, true),
  },
  { words: "user password", names: ["NAME"], flags: [passwordFlag], summary: "Set the password of an account", details: "", run: setPassword },
];

async function add(call: Call): Promise<ExitCode> {
  const email = call.flags.get("email");
  if (email === undefined) throw usageError("stowage user add needs --email ADDRESS");
  const visibility = visibilityOf(call);
  const { password, generated } = await newPassword(call);
  const user = await withDataFolder(call.config, (folder) =>
    createUser({ ...folder, passwords: createPasswordHasher() }, operator, {
      name: nameAt(call, 0),
      email,
      password,
      fullName: "",
      visibility,
      isRestricted: false,
      isAdmin: call.flags.has("admin"),
    }),
  );
  call.print(`The ${user.isAdmin ? "administrator" : "user"} "${user.name}" was created.${passwordLine(generated)}`);
  return exitCodes.done;
}

async function list(call: Call): Promise<ExitCode> {
  const users = await withDataFolder(call.config, ({ metadata }) => listAll((page) => metadata.accounts.list(page)));
  if (call.flags.has("json")) call.print(JSON.stringify(users.map(toJson)));
  else {
    const rows = users.map((user) => [user.name, user.email, roleOf(user), user.isActive ? "active" : "disabled", user.visibility, isoTime(user.createdAtMs)]);
    call.print(textColumns([["NAME", "E-MAIL", "ROLE", "STATE", "VISIBILITY", "CREATED"], ...rows], "").join("\n"));
  }
  return exitCodes.done;
}

async function setActive(call: Call, isActive: boolean): Promise<ExitCode> {
  const user = await withDataFolder(call.config, (folder) =>
    updateUser({ ...folder, passwords: createPasswordHasher() }, operator, nameAt(call, 0), { isActive }),
  );
  call.print(`The user "${user.name}" is ${user.isActive ? "active" : "disabled"}.`);
  return exitCodes.done;
}

async function setPassword(call: Call): Promise<ExitCode> {
  const { password, generated } = await newPassword(call);
  const user = await withDataFolder(call.config, (folder) =>
    updateUser({ ...folder, passwords: createPasswordHasher() }, operator, nameAt(call, 0), { password }),
  );
  call.print(`The password of "${user.name}" was set.${passwordLine(generated)}`);
  return exitCodes.done;
}

function passwordLine(generated: string | null): string {
  return generated === null ? "" : `\nIts password, shown this once: ${generated}`;
}

function roleOf(user: User): string {
  if (user.isAdmin) return "administrator";
  return user.isRestricted ? "restricted" : "user";
}

/** What a list tells of an account: never its password's hash. */
function toJson(user: User) {
  const { id, name, email, visibility, isAdmin, isActive, isRestricted } = user;
  return { id, name, email, visibility, isAdmin, isActive, isRestricted, createdAt: isoTime(user.createdAtMs) };
}
