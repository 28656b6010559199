import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import { startServer } from "../support/server.ts";

const folder = join(import.meta.dir, "../support/tls");

describe("a server with a certificate", () => {
  it("is reached by https, and says so in the addresses that it builds", async () => {
    const certificate = join(folder, "certificate.pem");
    const server = await startServer({ STOWAGE_TLS_CERT: certificate, STOWAGE_TLS_KEY: join(folder, "key.pem") });
    try {
      expect(server.url).toStartWith("https://");
      const tls = { ca: await Bun.file(certificate).text() };
      const file = `${server.url}/api/packages/root/generic/tls/1.0/f`;
      const headers = { authorization: `token ${server.admin.token}` };
      const published = await fetch(file, { method: "PUT", body: "over tls", headers, tls });
      expect(published.status).toBe(201);
      expect(await (await fetch(file, { tls })).text()).toBe("over tls");
      const [listed] = Object(await (await fetch(`${server.url}/api/v1/packages/root`, { tls })).json());
      expect(listed.html_url).toStartWith(server.url);
    } finally {
      await server.stop();
    }
  });
});
