import { RegistryError } from "./core/registry-error.ts";
import type { Registry } from "./core/registry.ts";
import { scopeReach } from "./core/scopes.ts";
import { findCaller } from "./http/credentials.ts";
import type { Dialect, Exchange } from "./http/exchange.ts";
import type { Metrics } from "./http/metrics.ts";

/** Paths for whoever runs the server: is it alive, is it ready, what does it do. */
export function createOperationRoutes(parts: {
  readonly registry: Registry;
  readonly metrics: Metrics;
  /** Throws when a store does not answer. */
  readonly checkReady: () => Promise<void>;
  readonly metricsAccess: "restricted" | "public";
}): Dialect {
  return {
    name: "operation",
    routes: [
      { method: "GET", pattern: "/healthz", access: "anyone", handler: async () => text(200, "ok\n") },
      { method: "GET", pattern: "/readyz", access: "anyone", handler: () => ready(parts.checkReady) },
      {
        method: "GET",
        pattern: "/metrics",
        access: parts.metricsAccess === "public" ? "anyone" : "administrator_or_loopback",
        handler: async (exchange) => {
          if (parts.metricsAccess === "restricted") await requireOperator(parts.registry, exchange);
          const body = Buffer.from(await parts.metrics.render());
          const type = "text/plain; version=0.0.4; charset=utf-8";
          return new Response(body, { headers: { "content-type": type, "content-length": String(body.byteLength) } });
        },
      },
    ],
    owns: () => false,
    notFound: () => text(404, "404 page not found\n"),
    refuseTarget: () => text(404, "404 page not found\n"),
    answerError,
  };
}

async function ready(check: () => Promise<void>): Promise<Response> {
  try {
    await check();
    return text(200, "ready\n");
  } catch {
    return text(503, "not ready: a store does not answer\n");
  }
}

/** Loopback without a proxy in between, or an administrator's credentials. */
async function requireOperator(registry: Registry, exchange: Exchange): Promise<void> {
  const isForwarded = exchange.request.headers.has("x-forwarded-for") || exchange.request.headers.has("forwarded");
  if (!isForwarded && isLoopback(exchange.clientAddress)) return;
  const actor = await findCaller(registry, exchange);
  if (actor === "none" || actor === "wrong") throw new RegistryError("credentials_required", "metrics are for administrators");
  if (actor.kind !== "user" || !actor.user.isAdmin || !actor.user.isActive || actor.user.isLoginProhibited)
    throw new RegistryError("rights_missing", "metrics are for administrators");
  if (actor.credential.kind === "token" && scopeReach(actor.credential.scopes, "admin") === "none")
    throw new RegistryError("rights_missing", "the token lacks the scope read:admin");
  exchange.noteActor(actor.user.name);
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function answerError(error: unknown): Response | null {
  if (!(error instanceof RegistryError)) return null;
  switch (error.code) {
    case "credentials_required":
      return text(401, "metrics are for administrators\n", { "www-authenticate": 'Basic realm="Stowage"' });
    case "rights_missing":
      return text(403, "metrics are for administrators\n");
    case "sign_in_throttled":
      return text(429, "too many failed sign-ins\n", { "retry-after": String(error.details.retryAfterSeconds ?? 1) });
    case "sign_in_busy":
      return text(503, "too many sign-ins wait\n", { "retry-after": String(error.details.retryAfterSeconds ?? 1) });
    default:
      return text(503, "not available\n");
  }
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Response {
  const type = "text/plain; charset=utf-8";
  return new Response(body, { status, headers: { "content-type": type, "content-length": String(body.length), ...headers } });
}
