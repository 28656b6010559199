import type { Registry } from "../../core/registry.ts";
import { parameterOf } from "../../http/exchange.ts";
import { jsonAnswer, timestamp } from "./answers.ts";
import { loadBodies, readJsonObject } from "./request-json.ts";
import { everyKind, nativeRoute, openAt, type NativeRoute } from "./route.ts";

/** The next version of a package, given to one caller only. Upload to it with the header `Stowage-Reservation`. */
export function reservationRoutes(registry: Registry): readonly NativeRoute[] {
  const route = nativeRoute(registry, everyKind);
  return [
    route("POST", "/namespaces/:ns/packages/:name/reservations", "namespace:publish", async (exchange, actor) => {
      const grant = await openAt(registry, exchange, actor, { capability: "publish" });
      const { bump, first, preid, expires_in_seconds: expiresInSeconds } = await readJsonObject(exchange, (await loadBodies()).newReservation);
      const packageName = parameterOf(exchange, "name");
      const { version, secret, expiresAtMs } = await registry.reserveVersion(grant, { packageName, bump, first, preid, expiresInSeconds });
      return jsonAnswer(201, { version, reservation: secret, expires_at: timestamp(expiresAtMs) });
    }),
  ];
}
