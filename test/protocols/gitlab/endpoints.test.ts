import { afterAll, beforeAll, expect, it } from "bun:test";
import { gitlabRoutes } from "../../../src/dialects/gitlab/dialect.ts";
import { nativeRoutes } from "../../../src/dialects/native/dialect.ts";
import { startServer, type RunningServer } from "../../support/server.ts";
import { endpointTable } from "../endpoint-table.ts";

const page = await Bun.file(new URL("../../../docs/protocols/gitlab-endpoints.md", import.meta.url)).text();
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => await server.stop());

it("docs/protocols/gitlab-endpoints.md lists every endpoint as the server has it", () => {
  expect(page).toContain(endpointTable(gitlabRoutes(server.registry, { unwrapForms: true })));
  expect(page).toContain(endpointTable(nativeRoutes(server.registry)));
});
