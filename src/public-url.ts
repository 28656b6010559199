import type { Config } from "./config.ts";
import { isHost } from "./http/host-header.ts";

/** Under which address clients see the server: as configured, as a trusted proxy says, or as they asked for it. */
export function publicUrlOf(
  config: Pick<Config, "publicUrl" | "tls">,
  client: { readonly protocol: string | null; readonly host: string | null },
  request: Request,
  ownUrl: string,
): string {
  if (config.publicUrl !== null) return config.publicUrl;
  const host = client.host ?? request.headers.get("host");
  if (host === null || !isHost(host)) return ownUrl;
  return `${client.protocol ?? (config.tls === null ? "http" : "https")}://${host}`;
}
