import type { Actor } from "../../core/actor.ts";
import { variableTypes } from "../../core/domain.ts";
import type { GivenChanges, GivenVariable, VariableName } from "../../core/operations/manage-variables.ts";
import type { NamespaceGrant } from "../../core/operations/open-namespace.ts";
import type { Registry } from "../../core/registry.ts";
import { parameterOf, type Exchange } from "../../http/exchange.ts";
import type { ParameterReader } from "../../http/parameter-reader.ts";
import { jsonAnswer, noContent } from "./answers.ts";
import { answerPage } from "./page-answer.ts";
import { openAt, personalOnly, readInput, routesOf, type GitlabRoute } from "./route.ts";
import { variableJson } from "./variable-json.ts";

/** CI/CD variables of projects and groups (lib/api/ci/variables.rb, group_variables.rb). Job tokens do not reach them. */
export function variableRoutes(registry: Registry): readonly GitlabRoute[] {
  return [...variableRoutesOf(registry, "project"), ...variableRoutesOf(registry, "group")];
}

function variableRoutesOf(registry: Registry, kind: "project" | "group"): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: kind, kinds: personalOnly, anonymous: "refused" });
  const all = `/api/v4/${kind}s/:id/variables`;
  const access = kind === "group" ? "namespace:administer" : "namespace:configure";
  const open = <Wanted extends "read" | "configure">(exchange: Exchange, actor: Actor, capability: Wanted): Promise<NamespaceGrant<Wanted>> =>
    openAt(registry, exchange, actor, { capability, ...(kind === "group" ? { kind, area: "organization" } : { area: "repository" }) });
  return [
    route("GET", all, access, async (exchange, actor) => {
      const grant = await open(exchange, actor, "read");
      return answerPage(exchange, (page) => registry.listVariables(grant, page), variableJson);
    }),
    route("POST", all, access, async (exchange, actor) => {
      const grant = await open(exchange, actor, "configure");
      const given = await readInput(exchange, readNewVariable);
      return jsonAnswer(201, variableJson(await registry.createVariable(grant, given)));
    }),
    route("GET", `${all}/:key`, access, async (exchange, actor) => {
      const grant = await open(exchange, actor, "read");
      const environmentScope = await readInput(exchange, readFilter);
      return jsonAnswer(200, variableJson(await registry.findVariable(grant, nameOf(exchange, environmentScope))));
    }),
    route("PUT", `${all}/:key`, access, async (exchange, actor) => {
      const grant = await open(exchange, actor, "configure");
      const { environmentScope, changes } = await readInput(exchange, (reader) => ({
        environmentScope: readFilter(reader),
        changes: readChanges(reader),
      }));
      return jsonAnswer(200, variableJson(await registry.updateVariable(grant, nameOf(exchange, environmentScope), changes)));
    }),
    route("DELETE", `${all}/:key`, access, async (exchange, actor) => {
      const grant = await open(exchange, actor, "configure");
      const environmentScope = await readInput(exchange, readFilter);
      await registry.deleteVariable(grant, nameOf(exchange, environmentScope));
      return noContent();
    }),
  ];
}

function nameOf(exchange: Exchange, environmentScope: string | null): VariableName {
  return { key: parameterOf(exchange, "key"), environmentScope };
}

/** `filter[environment_scope]`; null where any scope will do. */
function readFilter(reader: ParameterReader): string | null {
  return reader.optionalMap("filter")?.optionalText("environment_scope") ?? null;
}

function readNewVariable(reader: ParameterReader): GivenVariable {
  const isHidden = reader.boolean("masked_and_hidden", false);
  return {
    // White space around a key does not count (Ci::HasVariable).
    key: reader.requiredText("key", { mayBeEmpty: true }).trim(),
    value: reader.requiredText("value", { mayBeEmpty: true }),
    description: reader.optionalText("description") ?? null,
    environmentScope: reader.optionalText("environment_scope") ?? "*",
    type: reader.oneOf("variable_type", variableTypes, "env_var"),
    isProtected: reader.boolean("protected", false),
    isMasked: reader.boolean("masked", false) || isHidden,
    isHidden,
    isRaw: reader.boolean("raw", false),
  };
}

/**
 * Null counts as missing, but for the description, which it clears: clients that send back a hidden variable as they read
 * it (python-gitlab) must not empty it. Empty text is a value.
 */
function readChanges(reader: ParameterReader): GivenChanges {
  const value = reader.optionalText("value") ?? undefined;
  const description = reader.optionalText("description");
  const environmentScope = reader.optionalText("environment_scope") ?? undefined;
  const type = reader.optionalOneOf("variable_type", variableTypes) ?? undefined;
  const isProtected = reader.optionalBoolean("protected") ?? undefined;
  const isMasked = reader.optionalBoolean("masked") ?? undefined;
  const isRaw = reader.optionalBoolean("raw") ?? undefined;
  return {
    ...(value === undefined ? {} : { value }),
    ...(description === undefined ? {} : { description }),
    ...(environmentScope === undefined ? {} : { environmentScope }),
    ...(type === undefined ? {} : { type }),
    ...(isProtected === undefined ? {} : { isProtected }),
    ...(isMasked === undefined ? {} : { isMasked }),
    ...(isRaw === undefined ? {} : { isRaw }),
  };
}
