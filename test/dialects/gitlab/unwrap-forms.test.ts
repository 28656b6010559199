import { expect, it } from "bun:test";
import { openSite } from "../../support/gitlab-site.ts";

it.each([
  ["true", "content"],
  ["false", '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\ncontent\r\n--b--\r\n'],
])("STOWAGE_GITLAB_UNWRAP_FORMS=%s stores what was sent accordingly", async (setting, stored) => {
  const site = await openSite({ STOWAGE_GITLAB_UNWRAP_FORMS: setting });
  const group = await site.group("acme");
  const { token, ...caller } = await site.caller("dora");
  await site.member(group, { token, ...caller }, 30);
  const path = `/api/v4/projects/${group.id}/packages/generic/p/1.0/f`;
  const body = '--b\r\ncontent-disposition: form-data; name="file"; filename="f"\r\n\r\ncontent\r\n--b--\r\n';
  const sent = await site.ask("PUT", path, { token, body, headers: { "content-type": "multipart/form-data; boundary=b" } });
  expect(sent.status).toBe(201);
  expect((await site.ask("GET", path, { token })).text).toBe(stored);
  await site.stop();
});
