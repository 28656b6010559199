import type { FileLimits } from "../../core/operations/instance-limits.ts";
import { requireAdministrator } from "../../core/operations/require-account.ts";
import { packageKinds } from "../../core/ports/instance-settings-store.ts";
import type { Registry } from "../../core/registry.ts";
import { jsonAnswer } from "./answers.ts";
import { personalOnly, queryInput, readInput, routesOf, type GitlabRoute } from "./route.ts";

const path = "/api/v4/application/plan_limits";
/** The one plan of a self-hosted instance (doc: api/plan_limits); the others would hold for nobody. */
const plans = ["default"] as const;

/** How large files may be, for the whole instance (lib/api/admin/plan_limits.rb). */
export function planLimitRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "other", kinds: personalOnly, anonymous: "refused" });
  return [
    route("GET", path, "administrator", async (exchange, actor) => {
      requireAdministrator(actor, "read");
      queryInput(exchange, (reader) => reader.oneOf("plan_name", plans, "default"));
      return jsonAnswer(200, limitsJson(await registry.readFileLimits(actor)));
    }),
    route("PUT", path, "administrator", async (exchange, actor) => {
      requireAdministrator(actor, "write");
      const limits = await readInput(exchange, (reader) => {
        reader.requiredOneOf("plan_name", plans);
        return Object.fromEntries(packageKinds.flatMap((kind) => {
          const bytes = reader.optionalInteger(`${kind}_max_file_size`, { min: 0 });
          return bytes === undefined || bytes === null ? [] : [[kind, bytes] as const];
        }));
      });
      return jsonAnswer(200, limitsJson(await registry.changeFileLimits(actor, limits)));
    }),
  ];
}

function limitsJson(limits: FileLimits): Readonly<Record<string, number>> {
  return Object.fromEntries(packageKinds.map((kind) => [`${kind}_max_file_size`, limits[kind] ?? 0]));
}
