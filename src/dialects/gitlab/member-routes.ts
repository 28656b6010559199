import type { Actor } from "../../core/actor.ts";
import { memberLevels } from "../../core/operations/manage-members.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Member, MemberReach } from "../../core/ports/member-store.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { checkedParameters, type ParameterReader } from "../../http/parameter-reader.ts";
import { date, jsonAnswer, noContent, timestamp } from "./answers.ts";
import { dayStart, optionalDay } from "./given-time.ts";
import { answerPage } from "./page-answer.ts";
import { idOf, openAt, parametersOf, personalOnly, queryInput, readInput, routesOf, type GitlabRoute } from "./route.ts";
import { userBasicJson } from "./user-json.ts";

/** Users that one request adds at most. */
const maxAdded = 100;

/** GitLab's members API (lib/api/members.rb), for projects and groups alike; GET also answers HEAD. */
export function memberRoutes(registry: Registry): readonly GitlabRoute[] {
  return (["project", "group"] as const).flatMap((family) => {
    const isGroup = family === "group";
    const manner = { family, kinds: personalOnly, anonymous: "refused" } as const;
    const read = routesOf(registry, { ...manner, area: isGroup ? "organization" : "project" });
    const write = routesOf(registry, { ...manner, area: isGroup ? "organization" : "repository" });
    const all = `/api/v4/${family}s/:id/members`;
    const right = isGroup ? "namespace:administer" : "namespace:configure";
    const open = (exchange: Exchange, actor: Actor): Promise<NamespaceGrant<"read">> =>
      openAt(registry, exchange, actor, { capability: "read", area: isGroup ? "organization" : "project", ...(isGroup ? { kind: "group" } : {}) });
    const list = (reach: MemberReach) => async (exchange: Exchange, actor: Actor) =>
      answerMembers(registry, exchange, await open(exchange, actor), reach);
    const show = (reach: MemberReach) => async (exchange: Exchange, actor: Actor) => {
      const member = await registry.findMember(await open(exchange, actor), reach, idOf(exchange, "user_id"));
      return jsonAnswer(200, memberJson(member, exchange.publicUrl()));
    };
    return [
      read("GET", all, "namespace:read", list("direct")),
      read("GET", `${all}/all`, "namespace:read", list("all")),
      read("GET", `${all}/:user_id`, "namespace:read", show("direct")),
      read("GET", `${all}/all/:user_id`, "namespace:read", show("all")),
      write("POST", all, right, async (exchange, actor) => addMembers(registry, exchange, actor, await open(exchange, actor))),
      write("PUT", `${all}/:user_id`, right, async (exchange, actor) => {
        const grant = await open(exchange, actor);
        const terms = await readInput(exchange, (reader) => readTerms(reader, registry.nowMs()));
        const member = await registry.updateMember(grant, idOf(exchange, "user_id"), terms);
        return jsonAnswer(200, memberJson(member, exchange.publicUrl()));
      }),
      // Also for members who leave.
      write("DELETE", `${all}/:user_id`, "namespace:read", async (exchange, actor) => {
        await registry.removeMember(await open(exchange, actor), idOf(exchange, "user_id"));
        return noContent();
      }),
    ];
  });
}

async function answerMembers(registry: Registry, exchange: Exchange, grant: NamespaceGrant, reach: MemberReach): Promise<Response> {
  const query = queryInput(exchange, (reader) => reader.optionalText("query") ?? "");
  return answerPage(
    exchange,
    (page) => registry.listMembers(grant, reach, query === "" ? null : query, page),
    (member) => memberJson(member, exchange.publicUrl()),
  );
}

function readTerms(reader: ParameterReader, nowMs: number) {
  const level = reader.requiredInteger("access_level", { values: memberLevels });
  const expiresAtMs = optionalDay(reader, "expires_at");
  // The day that has begun will do; membership ends with it (app/validators/future_date_validator.rb).
  if (expiresAtMs !== null && expiresAtMs < dayStart(nowMs)) reader.refuse("expires_at", "cannot be a date in the past");
  return { level: memberLevels.find((known) => known === level) ?? 10, expiresAtMs: reader.has("expires_at") ? expiresAtMs : undefined };
}

/** One user, or several by a list of ids; of several, those who are refused are named in the answer (lib/api/helpers/members_helpers.rb). */
async function addMembers(registry: Registry, exchange: Exchange, actor: Actor, grant: NamespaceGrant<"read">): Promise<Response> {
  const parameters = await parametersOf(exchange);
  const { ids, username, ...terms } = checkedParameters(parameters, (reader) => {
    const name = reader.optionalText("username") ?? "";
    const given = name === "" ? reader.requiredList("user_id") : [];
    if (given.length > maxAdded || given.some((id) => !/^[0-9]{1,15}$/.test(id))) reader.refuse("user_id", "is invalid");
    return { ids: given.map(Number), username: name, ...readTerms(reader, registry.nowMs()) };
  });
  const userIds = username === "" ? ids : [await idOfName(registry, actor, username)];
  const [only] = userIds;
  if (userIds.length === 1 && only !== undefined) return addOne(registry, exchange, grant, only, terms);
  const problems: Record<string, string> = {};
  for (const userId of userIds) {
    const problem = await registry.addMember(grant, userId, terms).then(() => null, problemOf);
    if (problem !== null) problems[String(userId)] = problem;
  }
  const isDone = Object.keys(problems).length === 0;
  return jsonAnswer(201, isDone ? { status: "success" } : { status: "error", message: problems });
}

/** Of a user among several; what is wrong with the request as a whole is thrown on. */
function problemOf(error: unknown): string {
  if (error instanceof RegistryError && error.code === "user_not_found") return "404 User Not Found";
  if (error instanceof RegistryError && error.code === "name_taken") return error.message;
  throw error;
}

async function addOne(
  registry: Registry,
  exchange: Exchange,
  grant: NamespaceGrant<"read">,
  userId: number,
  terms: Parameters<Registry["addMember"]>[2],
): Promise<Response> {
  try {
    return jsonAnswer(201, memberJson(await registry.addMember(grant, userId, terms), exchange.publicUrl()));
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== "name_taken") throw error;
    return jsonAnswer(409, { message: "Member already exists" });
  }
}

async function idOfName(registry: Registry, actor: Actor, username: string): Promise<number> {
  const user = await registry.findUser(actor, username);
  if (user === null) throw new RegistryError("user_not_found", "there is no such user");
  return user.id;
}

/** lib/api/entities/member.rb */
function memberJson({ user, level, createdAtMs, expiresAtMs }: Member, publicUrl: string) {
  return {
    ...userBasicJson(user, publicUrl),
    access_level: level,
    created_at: timestamp(createdAtMs),
    expires_at: expiresAtMs === null ? null : date(expiresAtMs),
  };
}
