import { randomBytes } from "node:crypto";
import type { Actor } from "../../core/actor.ts";
import type { User } from "../../core/domain.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer, noContent } from "./answers.ts";
import { answeringNames, userNameRefused } from "./name-refusals.ts";
import { idOf, personalOnly, readInput, routesOf, type GitlabRoute } from "./route.ts";
import { userPrivateJson } from "./user-json.ts";

const one = "/api/v4/users/:id";

/** What administrators do with accounts (lib/api/users.rb). */
export function userAdminRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "other", kinds: personalOnly, anonymous: "refused", area: "admin" });
  return [
    route("POST", "/api/v4/users", "administrator", (exchange, actor) => createUser(registry, exchange, actor)),
    route("PUT", one, "administrator", (exchange, actor) => updateUser(registry, exchange, actor)),
    route("DELETE", one, "administrator", (exchange, actor) => deleteUser(registry, exchange, actor)),
    ...(["block", "unblock", "activate", "deactivate"] as const).map((action) =>
      route("POST", `${one}/${action}`, "administrator", async (exchange, actor) => {
        const user = await registry.administeredAccount(actor, idOf(exchange, "id"));
        const refusal = refusals[action];
        if (refusal !== null && user.isLoginProhibited) return jsonAnswer(403, { message: `403 Forbidden - ${refusal}` });
        await registry.updateUser(actor, user.name, states[action]);
        return jsonAnswer(201, true);
      }),
    ),
  ];
}

const states = {
  block: { isLoginProhibited: true },
  unblock: { isLoginProhibited: false },
  activate: { isActive: true },
  deactivate: { isActive: false },
} as const;

/** What is said where the account is blocked. */
const refusals = {
  block: null,
  unblock: null,
  activate: "A blocked user must be unblocked to be activated",
  deactivate: "A blocked user cannot be deactivated by the API",
} as const satisfies Record<keyof typeof states, string | null>;

function readNewUser(reader: ParameterReader) {
  const account = {
    email: reader.requiredText("email"),
    name: reader.requiredText("username"),
    fullName: reader.requiredText("name"),
    isAdmin: reader.boolean("admin", false),
    isRestricted: reader.boolean("external", false),
    visibility: reader.boolean("private_profile", false) ? ("private" as const) : ("public" as const),
  };
  const ways = ["password", "reset_password", "force_random_password"];
  reader.atLeastOneOf(ways);
  const password = reader.optionalText("password") ?? "";
  const isRandom = reader.boolean("force_random_password", false) || reader.boolean("reset_password", false);
  if (password === "" && !isRandom && ways.some(reader.has)) reader.refuse("password", "is missing");
  return { ...account, password: isRandom ? randomPassword() : password };
}

/** Nobody knows it: such an account signs in with tokens until an administrator gives it a password. */
function randomPassword(): string {
  return randomBytes(48).toString("base64url");
}

async function createUser(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  // Only administrators are told what is wrong with an account.
  const administrator = await registry.actingAdministrator(actor);
  const account = await readInput(exchange, readNewUser);
  return answeringNames(async () => {
    const user = await registry.createUser(actor, account);
    return jsonAnswer(201, userPrivateJson(user, exchange.publicUrl(), administrator));
  }, userNameRefused);
}

function readChanges(reader: ParameterReader) {
  const email = reader.optionalText("email") ?? "";
  const fullName = reader.optionalText("name") ?? "";
  const password = reader.optionalText("password") ?? "";
  const isAdmin = reader.optionalBoolean("admin") ?? null;
  const isRestricted = reader.optionalBoolean("external") ?? null;
  const isPrivate = reader.optionalBoolean("private_profile") ?? null;
  return {
    username: reader.optionalText("username") ?? "",
    changes: {
      ...(email === "" ? {} : { email }),
      ...(fullName === "" ? {} : { fullName }),
      ...(password === "" ? {} : { password }),
      ...(isAdmin === null ? {} : { isAdmin }),
      ...(isRestricted === null ? {} : { isRestricted }),
      ...(isPrivate === null ? {} : { visibility: isPrivate ? ("private" as const) : ("public" as const) }),
    },
  };
}

async function updateUser(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const user: User = await registry.administeredAccount(actor, idOf(exchange, "id"));
  const administrator = await registry.actingAdministrator(actor);
  const { username, changes } = await readInput(exchange, readChanges);
  if (username !== "" && username !== user.name)
    throw new RegistryError("value_invalid", "cannot be changed: it is the path of the user's packages", { subject: "username" });
  const changed = await registry.updateUser(actor, user.name, changes);
  return jsonAnswer(200, userPrivateJson(changed, exchange.publicUrl(), administrator));
}

/** What still stands in the account's namespace is a conflict: nothing goes along unasked. */
async function deleteUser(registry: Registry, exchange: Exchange, actor: Actor): Promise<Response> {
  const user = await registry.administeredAccount(actor, idOf(exchange, "id"));
  try {
    await registry.deleteUser(actor, user.name);
    return noContent();
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== "still_in_use") throw error;
    return jsonAnswer(409, { message: error.message });
  }
}
