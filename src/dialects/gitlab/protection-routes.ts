import type { ProtectionLevel, ProtectionRule } from "../../core/domain.ts";
import { RegistryError } from "../../core/registry-error.ts";
import type { Registry } from "../../core/registry.ts";
import type { Exchange } from "../../http/exchange.ts";
import { checkedParameters } from "../../http/parameter-reader.ts";
import { jsonAnswer, noContent } from "./answers.ts";
import { idOf, openAt, parametersOf, personalOnly, routesOf, type GitlabRoute } from "./route.ts";

const rules = "/api/v4/projects/:id/packages/protection/rules";
const oneRule = `${rules}/:package_protection_rule_id`;

/** Package protection rules (doc: api/project_packages_protection_rules). */
export function protectionRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "project", kinds: personalOnly, anonymous: "refused" });
  const configured = { capability: "configure", area: "repository" } as const;
  return [
    route("GET", rules, "namespace:configure", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { ...configured, capability: "read" });
      return jsonAnswer(200, (await registry.listProtectionRules(grant)).map(ruleJson));
    }),
    route("POST", rules, "namespace:configure", async (exchange, actor) => {
      const fields = await readNewRule(exchange);
      const grant = await openAt(registry, exchange, actor, configured);
      return answerChange(201, registry.createProtectionRule(grant, fields));
    }),
    route("PATCH", oneRule, "namespace:configure", async (exchange, actor) => {
      const changes = await readChanges(exchange);
      const grant = await openAt(registry, exchange, actor, configured);
      return answerChange(200, registry.updateProtectionRule(grant, idOf(exchange, "package_protection_rule_id"), changes));
    }),
    route("DELETE", oneRule, "namespace:configure", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, configured);
      await registry.deleteProtectionRule(grant, idOf(exchange, "package_protection_rule_id"));
      return noContent();
    }),
  ];
}

const pushLevels = ["maintainer", "owner", "admin"] as const;
const deleteLevels = ["owner", "admin"] as const;
const levels: Readonly<Record<(typeof pushLevels)[number], ProtectionLevel>> = { maintainer: 40, owner: 50, admin: 60 };
/** Of GitLab's list, what there is here. */
const packageTypes = ["generic"] as const;

async function readNewRule(exchange: Exchange) {
  return checkedParameters(await parametersOf(exchange), (reader) => {
    const packageNamePattern = reader.requiredText("package_name_pattern");
    reader.requiredOneOf("package_type", packageTypes);
    const push = reader.optionalOneOf("minimum_access_level_for_push", ["", ...pushLevels]);
    const remove = reader.optionalOneOf("minimum_access_level_for_delete", ["", ...deleteLevels]);
    reader.atLeastOneOf(["minimum_access_level_for_push", "minimum_access_level_for_delete"]);
    return { packageNamePattern, pushLevel: levelOf(push), deleteLevel: levelOf(remove) };
  });
}

async function readChanges(exchange: Exchange) {
  return checkedParameters(await parametersOf(exchange), (reader) => {
    const packageNamePattern = reader.has("package_name_pattern") ? reader.requiredText("package_name_pattern") : undefined;
    if (reader.has("package_type")) reader.requiredOneOf("package_type", packageTypes);
    const push = reader.optionalOneOf("minimum_access_level_for_push", ["", ...pushLevels]);
    const remove = reader.optionalOneOf("minimum_access_level_for_delete", ["", ...deleteLevels]);
    return {
      ...(packageNamePattern === undefined ? {} : { packageNamePattern }),
      ...(push === undefined ? {} : { pushLevel: levelOf(push) }),
      ...(remove === undefined ? {} : { deleteLevel: levelOf(remove) }),
    };
  });
}

/** Empty text stands for null in forms, which have no null. */
function levelOf(name: "" | keyof typeof levels | null | undefined): ProtectionLevel | null {
  return name === undefined || name === null || name === "" ? null : levels[name];
}

/** What the model refuses is 422 with its sentences in a list (lib/api/project_packages_protection_rules.rb). */
async function answerChange(status: number, change: Promise<ProtectionRule>): Promise<Response> {
  try {
    return jsonAnswer(status, ruleJson(await change));
  } catch (error) {
    const isRefused = error instanceof RegistryError && (error.code === "name_taken" || error.code === "value_invalid");
    if (!isRefused) throw error;
    return jsonAnswer(422, { message: [error.message] });
  }
}

/** lib/api/entities/projects/packages/protection/rule.rb */
function ruleJson(rule: ProtectionRule) {
  return {
    id: rule.id,
    project_id: rule.namespaceId,
    package_name_pattern: rule.packageNamePattern,
    package_type: "generic",
    minimum_access_level_for_delete: levelName(rule.deleteLevel),
    minimum_access_level_for_push: levelName(rule.pushLevel),
  };
}

function levelName(level: ProtectionLevel | null): string | null {
  return pushLevels.find((name) => levels[name] === level) ?? null;
}
