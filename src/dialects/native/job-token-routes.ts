import { requireAdministrator } from "../../core/operations/require-account.ts";
import type { Registry } from "../../core/registry.ts";
import { jsonAnswer, noContent, timestamp } from "./answers.ts";
import { loadBodies, readJsonObject } from "./request-json.ts";
import { idOf, nativeRoute, personalOnly, type NativeRoute } from "./route.ts";

/** Short-lived tokens for jobs of a CI system that an administrator trusts to say whose job it is. */
export function jobTokenRoutes(registry: Registry): readonly NativeRoute[] {
  const route = nativeRoute(registry, personalOnly);
  return [
    route("POST", "/job-tokens", "administrator", async (exchange, actor) => {
      requireAdministrator(actor, "write");
      const { user, namespace, expires_in_seconds: seconds } = await readJsonObject(exchange, (await loadBodies()).newJobToken);
      const made = await registry.createJobToken(actor, { userName: user, namespacePath: namespace, lifetimeMs: 1000 * seconds });
      return jsonAnswer(201, {
        id: made.token.id,
        token: made.secret,
        user: made.user.name,
        namespace: made.namespace.path,
        expires_at: timestamp(made.token.expiresAtMs),
      });
    }),
    route("DELETE", "/job-tokens/:id", "administrator", async (exchange, actor) => {
      await registry.deleteJobToken(actor, idOf(exchange, "id"));
      return noContent();
    }),
  ];
}
