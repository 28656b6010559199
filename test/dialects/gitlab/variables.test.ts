import { afterAll, beforeAll, describe, expect, it } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { startProjectServer, type ProjectServer } from "./project-server.ts";

let site: ProjectServer;
let maintainer: string;
let developer: string;

beforeAll(async () => {
  site = await startProjectServer();
  maintainer = await site.addMember("ann", 40);
  developer = await site.addMember("bob", 30);
});
afterAll(() => site.server.stop());

const ofProject = "/projects/tools%2Fapp/variables";

describe("a CI/CD variable", () => {
  it("is made, read, changed and deleted", async () => {
    const made = await site.api("POST", ofProject, maintainer, { key: "VERSION", value: "1.2.3" });
    const variable = {
      variable_type: "env_var", key: "VERSION", value: "1.2.3", protected: false, masked: false, hidden: false, raw: false,
      environment_scope: "*", description: null,
    };
    expect([made.status, made.body]).toEqual([201, variable]);
    const changed = await site.api("PUT", `${ofProject}/VERSION`, maintainer, { value: "1.2.4", description: "d", raw: true });
    expect([changed.status, changed.body]).toEqual([200, { ...variable, value: "1.2.4", description: "d", raw: true }]);
    expect((await site.api("GET", `/projects/${site.projectId}/variables/VERSION`, maintainer)).body).toEqual(changed.body);
    expect((await site.api("DELETE", `${ofProject}/VERSION`, maintainer, {})).status).toBe(204);
    const gone = await site.api("GET", `${ofProject}/VERSION`, maintainer);
    expect([gone.status, gone.body]).toEqual([404, { message: "404 Variable Not Found" }]);
  });

  it("takes all four forms of input", async () => {
    const form = new FormData();
    form.set("key", "FORM_1");
    form.set("value", "ä =&+%");
    const inputs: readonly (readonly [string, object | NonNullable<RequestInit["body"]> | undefined])[] = [
      ["", form],
      ["", new URLSearchParams({ key: "FORM_2", value: "ä =&+%" })],
      ["", { key: "FORM_3", value: "ä =&+%" }],
      [`?${new URLSearchParams({ key: "FORM_4", value: "ä =&+%" })}`, undefined],
    ];
    for (const [index, [query, body]] of inputs.entries()) {
      const made = await site.api("POST", ofProject + query, maintainer, body);
      expect([made.status, made.body.key, made.body.value]).toEqual([201, `FORM_${index + 1}`, "ä =&+%"]);
    }
    const update = new FormData();
    update.set("value", "");
    expect((await site.api("PUT", `${ofProject}/FORM_1`, maintainer, update)).body.value).toBe("");
  });

  it("says what is wrong in GitLab's words", async () => {
    await site.api("POST", ofProject, maintainer, { key: "TAKEN", value: "x" });
    for (const [input, body] of [
      [{ key: "TAKEN", value: "y" }, { message: { key: ["(TAKEN) has already been taken"] } }],
      [{ key: "A B", value: "y" }, { message: { key: ["can contain only letters, digits and '_'."] } }],
      [{ key: "MASKED", value: "short", masked: true }, { message: { value: ["is invalid"] } }],
      [{ value: "y" }, { error: "key is missing" }],
      [{ key: "K", value: "y", variable_type: "x" }, { error: "variable_type does not have a valid value" }],
    ] as const) {
      const refused = await site.api("POST", ofProject, maintainer, input);
      expect([refused.status, refused.body]).toEqual([400, body]);
    }
  });

  it("may have several scopes, of which a filter chooses", async () => {
    for (const scope of ["staging", "production"])
      expect((await site.api("POST", ofProject, maintainer, { key: "SCOPED", value: scope, environment_scope: scope })).status).toBe(201);
    const filter = `filter${encodeURIComponent("[")}environment_scope]=staging`;
    for (const method of ["GET", "PUT", "DELETE"]) {
      const refused = await site.api(method, `${ofProject}/SCOPED`, maintainer);
      expect([refused.status, refused.body.message]).toEqual([409, "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'"]);
    }
    expect((await site.api("GET", `${ofProject}/SCOPED?${filter}`, maintainer)).body.value).toBe("staging");
    const changed = await site.api("PUT", `${ofProject}/SCOPED`, maintainer, { value: "new", filter: { environment_scope: "staging" } });
    expect([changed.body.value, changed.body.environment_scope]).toEqual(["new", "staging"]);
    expect((await site.api("GET", `${ofProject}/SCOPED?filter[environment_scope]=none`, maintainer)).status).toBe(404);
    expect((await site.api("DELETE", `${ofProject}/SCOPED?${filter}`, maintainer)).status).toBe(204);
    expect((await site.api("GET", `${ofProject}/SCOPED`, maintainer)).body.value).toBe("production");
  });

  it("stays masked while its value can be: either is checked against the other as stored", async () => {
    await site.api("POST", ofProject, maintainer, { key: "LATER", value: "short" });
    const refused = await site.api("PUT", `${ofProject}/LATER`, maintainer, { masked: true });
    expect([refused.status, refused.body]).toEqual([400, { message: { value: ["is invalid"] } }]);
    expect((await site.api("PUT", `${ofProject}/LATER`, maintainer, { masked: true, value: "long-enough" })).body.masked).toBe(true);
    expect((await site.api("PUT", `${ofProject}/LATER`, maintainer, { value: "short" })).status).toBe(400);
    expect((await site.api("GET", `${ofProject}/LATER`, maintainer)).body.value).toBe("long-enough");
  });

  it("is listed by key, page by page", async () => {
    const listed = await site.api("GET", `${ofProject}?per_page=1&page=2`, maintainer);
    const all = await site.api("GET", `${ofProject}?per_page=100`, maintainer);
    const keys = all.body.map((variable: { key: string }) => variable.key);
    expect(keys).toEqual(keys.toSorted());
    expect(listed.body.map((variable: { key: string }) => variable.key)).toEqual(keys.slice(1, 2));
    expect(listed.headers.get("x-total")).toBe(String(keys.length));
    expect(listed.headers.get("link")).toContain('rel="next"');
  });

  it("belongs to maintainers: nobody else is told anything, and no job token reaches it", async () => {
    const [stranger, job] = [await site.addMember("eve", 0), await site.addJobToken("ann")];
    for (const [method, path] of [["GET", ofProject], ["POST", ofProject], ["GET", `${ofProject}/TAKEN`], ["PUT", `${ofProject}/TAKEN`], ["DELETE", `${ofProject}/TAKEN`]] as const) {
      const statusFor = async (token: string | null) => (await site.api(method, path, token)).status;
      expect([method, path, await statusFor(null), await statusFor(job), await statusFor(stranger), await statusFor(developer)])
        .toEqual([method, path, 401, 401, 404, 403]);
    }
    expect((await site.api("GET", `${ofProject}/TAKEN`, maintainer)).body.value).toBe("x");
  });

  it("is kept for a group as for a project, each its own", async () => {
    const group = `/groups/${site.groupId}/variables`;
    const { token: root } = site.server.admin;
    expect((await site.api("POST", group, root, { key: "TAKEN", value: "of the group" })).status).toBe(201);
    expect((await site.api("GET", "/groups/tools/variables/TAKEN", root)).body.value).toBe("of the group");
    expect((await site.api("GET", `${ofProject}/TAKEN`, root)).body.value).toBe("x");
    expect((await site.api("GET", `/groups/${site.projectId}/variables`, root)).status).toBe(404);
    // A member of a project sees the group above it, and is no Owner there.
    expect((await site.api("GET", group, maintainer)).status).toBe(403);
  });
});

/** Every regular file below a folder, as one text of bytes. */
function bytesBelow(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

describe("the value of a variable", () => {
  it("is in no file and no log in clear, though it survives a change of everything else", async () => {
    const secret = "Marker-Variable-Value-1";
    await site.api("POST", ofProject, maintainer, { key: "SECRET", value: secret });
    await site.api("PUT", `${ofProject}/SECRET`, maintainer, { description: "Described-In-Clear-1" });
    expect((await site.api("GET", `${ofProject}/SECRET`, maintainer)).body.value).toBe(secret);
    const stored = bytesBelow(site.server.dataDirectory);
    expect(stored).toContain("Described-In-Clear-1");
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(Buffer.from(secret).toString("base64url"));
    expect(site.server.logLines.join("\n")).not.toContain(secret);
  });

  it("is never shown again once hidden, and stays when a client sends the variable back as it read it", async () => {
    const secret = "Marker-Hidden-Value-1";
    const made = await site.api("POST", ofProject, maintainer, { key: "HIDDEN", value: secret, masked_and_hidden: true });
    expect([made.status, made.body.value, made.body.hidden, made.body.masked]).toEqual([201, null, true, true]);
    const unmasked = await site.api("PUT", `${ofProject}/HIDDEN`, maintainer, { masked: false });
    expect([unmasked.status, unmasked.body]).toEqual([400, { message: { base: ["The visibility setting cannot be changed for masked and hidden variables."] } }]);
    const answers = [
      made, unmasked,
      await site.api("PUT", `${ofProject}/HIDDEN`, maintainer, { hidden: false, masked_and_hidden: false, description: "d" }),
      await site.api("PUT", `${ofProject}/HIDDEN`, maintainer, { ...made.body, description: "e" }),
      await site.api("GET", `${ofProject}/HIDDEN`, maintainer),
      await site.api("GET", `${ofProject}?per_page=100`, maintainer),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 400, 200, 200, 200, 200]);
    for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(secret);
    expect(answers[4]?.body).toMatchObject({ value: null, hidden: true, description: "e" });
    // What is kept of it still passes the rule of masked values: null did not empty it.
    expect((await site.api("PUT", `${ofProject}/HIDDEN`, maintainer, { raw: true })).status).toBe(200);
  });

  it("does not open in the place of another", async () => {
    const { metadata } = site.server.stores;
    const [victim] = await metadata.variables.find(site.projectId, "SECRET", null);
    if (victim === undefined) throw new Error("the variable is gone");
    await metadata.variables.create({ ...victim, key: "COPY" }, 1_000);
    const refused = await site.api("GET", `${ofProject}/COPY`, maintainer);
    expect([refused.status, refused.body]).toEqual([500, { message: "500 Internal Server Error" }]);
    await site.api("DELETE", `${ofProject}/COPY`, maintainer);
  });
});
