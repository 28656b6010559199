import type * as z from "zod";
import type { NamespaceSettings } from "../../core/domain.ts";
import type { SettingsChange, SettingsView } from "../../core/operations/namespace-settings.ts";
import type { Registry } from "../../core/registry.ts";
import { jsonAnswer } from "./answers.ts";
import { loadBodies, readJsonObject } from "./request-json.ts";
import type { settingsChanges } from "./request-bodies.ts";
import { nativeRoute, openAt, personalOnly, type NativeRoute } from "./route.ts";

const path = "/namespaces/:ns/settings";

/** What a namespace decides about its packages, and what it inherits. */
export function settingsRoutes(registry: Registry): readonly NativeRoute[] {
  const route = nativeRoute(registry, personalOnly);
  return [
    route("GET", path, "namespace:configure", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "read", area: "repository" });
      return jsonAnswer(200, settingsJson(await registry.readSettings(grant)));
    }),
    route("PATCH", path, "namespace:configure", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "configure", area: "repository" });
      const given = await readJsonObject(exchange, (await loadBodies()).settingsChanges);
      return jsonAnswer(200, settingsJson(await registry.changeSettings(grant, changeOf(given))));
    }),
  ];
}

function changeOf(given: z.infer<typeof settingsChanges>): SettingsChange {
  const { duplicates, duplicate_exception_regex: exception, versions, keep_duplicated_files: kept, package_registry_access_level: access } = given;
  const set: NamespaceSettings = {
    ...(duplicates == null ? {} : { duplicates }),
    ...(exception == null ? {} : { duplicateException: exception }),
    ...(versions == null ? {} : { versions: versions === "any" ? null : versions }),
    ...(kept == null ? {} : { keptRevisions: kept === "all" ? null : kept }),
    ...(access == null ? {} : { registryAccess: access }),
  };
  const forget: (keyof NamespaceSettings)[] = [];
  if (duplicates === null) forget.push("duplicates");
  if (exception === null) forget.push("duplicateException");
  if (versions === null) forget.push("versions");
  if (kept === null) forget.push("keptRevisions");
  if (access === null) forget.push("registryAccess");
  return { set, forget };
}

/** What counts at the top, null where nothing was decided; `own` holds the namespace's own decisions alone. */
function settingsJson({ own, inForce }: SettingsView) {
  return {
    duplicates: inForce.duplicates ?? null,
    duplicate_exception_regex: inForce.duplicateException ?? null,
    versions: inForce.versions ?? null,
    keep_duplicated_files: inForce.keptRevisions ?? null,
    package_registry_access_level: inForce.registryAccess ?? null,
    own: {
      ...(own.duplicates == null ? {} : { duplicates: own.duplicates }),
      ...(own.duplicateException === undefined ? {} : { duplicate_exception_regex: own.duplicateException ?? "" }),
      ...(own.versions === undefined ? {} : { versions: own.versions ?? "any" }),
      ...(own.keptRevisions === undefined ? {} : { keep_duplicated_files: own.keptRevisions ?? "all" }),
      ...(own.registryAccess == null ? {} : { package_registry_access_level: own.registryAccess }),
    },
  };
}
