import type { Registry } from "../../core/registry.ts";
import { jsonAnswer } from "./answers.ts";
import { noRoute } from "./errors.ts";
import { gitlabLevel } from "./gitlab-level.ts";
import { everyKind, personalOnly, routesOf, type GitlabRoute } from "./route.ts";

/** lib/api/metadata.rb: for the signed in, as it is there. */
export function instanceRoutes(registry: Registry): readonly GitlabRoute[] {
  const route = routesOf(registry, { family: "other", kinds: personalOnly, anonymous: "refused", area: "user" });
  const kas = { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null };
  const probe = routesOf(registry, { family: "other", kinds: everyKind, anonymous: "welcome" });
  return [
    // Nothing is here; Go's client asks all the same, to see how many requests it may send.
    probe("GET", "/api/v4", "anyone", async () => noRoute()),
    route("GET", "/api/v4/version", "signed_in", async (_exchange, actor) => {
      await registry.ownAccount(actor);
      return jsonAnswer(200, gitlabLevel);
    }),
    route("GET", "/api/v4/metadata", "signed_in", async (_exchange, actor) => {
      await registry.ownAccount(actor);
      return jsonAnswer(200, { ...gitlabLevel, kas, enterprise: false });
    }),
  ];
}
