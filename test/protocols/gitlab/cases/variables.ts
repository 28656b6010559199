import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "bun:test";
import { forbidden, message, noProject, problem, unauthorized } from "../answers.ts";
import { rows } from "../../json-answers.ts";
import { del, get, post, request, type Exchange, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { lists } from "./steps.ts";

const variables = "{api}/variables";
const project = "fresh";
const as = "maintainer";
const make = (send: object, expectation: Expectation = { status: 201 }) => post(variables, expectation, send, { as });
const change = (target: string, expectation: Expectation, send: object, who = as): Exchange => ({ method: "PUT", target, expect: expectation, send, as: who });
const like = (status: number, jsonLike: object): Expectation => ({ status, jsonLike });
const noVariable = message(404, "404 Variable Not Found");
const conflict: Expectation = { status: 409, body: /^\{"message":"There are multiple variables with provided parameters\. Please use 'filter\[environment_scope\]'/ };
const whole = (more: object): object => ({
  variable_type: "env_var",
  key: "VERSION",
  value: "1.2.3",
  protected: false,
  masked: false,
  hidden: false,
  raw: false,
  environment_scope: "*",
  description: null,
  ...more,
});
const boundary = "cut-here";
const form = (parts: Readonly<Record<string, string>>): string =>
  `${Object.entries(parts).map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("")}--${boundary}--\r\n`;
const formed = (method: string, target: string, status: number, parts: Readonly<Record<string, string>>): Exchange =>
  request(method, target, { status }, { as, headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` }, body: form(parts) });
const encoded = (method: string, target: string, status: number, body: string): Exchange =>
  request(method, target, { status }, { as, headers: { "Content-Type": "application/x-www-form-urlencoded" }, body });
const value = (wanted: string): Exchange => get(`${variables}/VERSION`, like(200, { value: wanted }), { as });

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

export const variableCases: readonly ProtocolCase[] = [
  {
    row: "variables.create",
    it: "answers the variable",
    project,
    steps: [
      make({ key: "VERSION", value: "1.2.3" }, { status: 201, json: whole({}) }),
      make({ key: "FULL", value: "some-text-long", protected: true, masked: true, raw: true, variable_type: "file", environment_scope: "production", description: "for a test" }, {
        status: 201,
        json: whole({ key: "FULL", value: "some-text-long", protected: true, raw: true, variable_type: "file", environment_scope: "production", description: "for a test", masked: expect.any(Boolean) }),
      }),
    ],
  },
  {
    row: "variables.forms",
    it: "takes parameters in four forms",
    project,
    steps: [
      formed("POST", variables, 201, { key: "VERSION", value: "1.0.0" }),
      value("1.0.0"),
      formed("PUT", `${variables}/VERSION`, 200, { value: "1.0.1" }),
      value("1.0.1"),
      encoded("PUT", `${variables}/VERSION`, 200, "value=1.0.2%2Bb+c"),
      value("1.0.2+b c"),
      change(`${variables}/VERSION`, { status: 200 }, { value: "1.0.3" }),
      value("1.0.3"),
      request("PUT", `${variables}/VERSION?value=1.0.4`, { status: 200 }, { as }),
      value("1.0.4"),
      encoded("POST", variables, 201, "key=URLENCODED&value=x"),
      request("POST", `${variables}?key=QUERY&value=x`, { status: 201 }, { as }),
    ],
  },
  {
    row: "variables.list",
    it: "lists them in pages",
    project,
    steps: [
      ...["ONE", "TWO", "THREE"].map((key) => make({ key, value: "x" })),
      get(variables, { status: 200, headers: { "x-total": "3" } }, { as, check: (answer) => expect(rows(answer).map((row) => row["key"]).toSorted()).toEqual(["ONE", "THREE", "TWO"]) }),
      get(`${variables}?per_page=2&page=2`, { status: 200, headers: { "x-total-pages": "2" } }, { as, check: (answer) => expect(rows(answer)).toHaveLength(1) }),
    ],
  },
  {
    row: "variables.get",
    it: "answers one",
    project,
    steps: [make({ key: "VERSION", value: "1.2.3" }), get(`${variables}/VERSION`, { status: 200, json: whole({}) }, { as })],
  },
  {
    row: "variables.update",
    it: "changes what is given",
    project,
    steps: [
      make({ key: "VERSION", value: "1.2.3", description: "kept" }),
      change(`${variables}/VERSION`, like(200, { key: "VERSION", value: "1.2.4", description: "kept" }), { value: "1.2.4" }),
      change(`${variables}/VERSION`, like(200, { value: "1.2.5", protected: true, variable_type: "file" }), { value: "1.2.5", protected: true, variable_type: "file" }),
      get(`${variables}/VERSION`, like(200, { value: "1.2.5", protected: true, description: "kept" }), { as }),
    ],
  },
  {
    row: "variables.delete",
    it: "removes it",
    project,
    steps: [make({ key: "VERSION", value: "x" }), del(`${variables}/VERSION`, { status: 204 }, { as }), get(`${variables}/VERSION`, noVariable, { as }), lists(variables, "key", [], { as })],
  },
  {
    row: "variables.unknown",
    it: "is not found",
    project,
    steps: [get(`${variables}/NONE`, noVariable, { as }), change(`${variables}/NONE`, noVariable, { value: "x" }), del(`${variables}/NONE`, noVariable, { as })],
  },
  {
    row: "variables.taken",
    it: "exists once in a scope",
    project,
    steps: [
      make({ key: "VERSION", value: "x" }),
      make({ key: "VERSION", value: "y" }, { status: 400, json: { message: { key: ["(VERSION) has already been taken"] } } }),
      make({ key: "version", value: "y" }),
    ],
  },
  {
    row: "variables.refused",
    it: "wants a key and a value that mean something",
    project,
    steps: [
      make({ value: "x" }, problem(400, "key is missing")),
      make({ key: "VERSION" }, problem(400, "value is missing")),
      ...["with space", "with-dash", "ümlaut", "a".repeat(256)].map((key) => make({ key, value: "x" }, { status: 400, body: /key/ })),
      make({ key: "a".repeat(255), value: "x" }),
      make({ key: "VERSION", value: "x", variable_type: "number" }, problem(400, "variable_type does not have a valid value")),
    ],
  },
  {
    row: "variables.scopes",
    it: "has a value for each environment scope",
    project,
    steps: [
      make({ key: "VERSION", value: "one", environment_scope: "*" }),
      make({ key: "VERSION", value: "two", environment_scope: "review/*" }),
      get(`${variables}/VERSION`, conflict, { as }),
      change(`${variables}/VERSION`, conflict, { value: "x" }),
      del(`${variables}/VERSION`, conflict, { as }),
      get(`${variables}/VERSION?filter[environment_scope]=review/*`, like(200, { value: "two" }), { as }),
      get(`${variables}/VERSION?filter%5Benvironment_scope%5D=*`, like(200, { value: "one" }), { as }),
      get(`${variables}/VERSION?filter[environment_scope]=none`, noVariable, { as }),
      change(`${variables}/VERSION`, like(200, { value: "three", environment_scope: "review/*" }), { value: "three", filter: { environment_scope: "review/*" } }),
      del(`${variables}/VERSION?filter[environment_scope]=*`, { status: 204 }, { as }),
      get(`${variables}/VERSION`, like(200, { value: "three" }), { as }),
    ],
  },
  {
    row: "variables.hidden",
    it: "never shows its value again",
    project,
    steps: [
      make({ key: "SECRET", value: "quite-hidden-value", masked_and_hidden: true }, like(201, { hidden: true, masked: true, value: null })),
      get(`${variables}/SECRET`, like(200, { hidden: true, value: null }), { as }),
      get(variables, { status: 200, body: /^(?!.*quite-hidden-value)/ }, { as }),
      change(`${variables}/SECRET`, like(200, { hidden: true, value: null }), { value: "another-hidden-value" }),
    ],
  },
  {
    row: "variables.masked",
    it: "is long enough to be masked",
    project,
    steps: [
      ...["short", "two lines\nof text", "with some spaces"].map((text) => make({ key: "SECRET", value: text, masked: true }, { status: 400, body: /"value"/ })),
      make({ key: "SECRET", value: "long-enough", masked: true }, like(201, { masked: true, value: "long-enough" })),
    ],
  },
  {
    row: "variables.role",
    it: "is for maintainers",
    project,
    steps: [
      make({ key: "VERSION", value: "x" }),
      ...["developer", "guest"].flatMap((who) => [get(variables, forbidden, { as: who }), get(`${variables}/VERSION`, forbidden, { as: who }), change(`${variables}/VERSION`, forbidden, { value: "y" }, who)]),
      get(variables, unauthorized, { as: "anonymous" }),
      get(variables, noProject, { as: "stranger" }),
    ],
  },
  {
    row: "variables.job-token",
    it: "is closed to job tokens",
    project,
    steps: [make({ key: "VERSION", value: "x" }), get(`${variables}/VERSION`, unauthorized, { as: "job:maintainer" }), change(`${variables}/VERSION`, unauthorized, { value: "y" }, "job:maintainer")],
  },
  {
    row: "variables.at-rest",
    it: "is stored encrypted",
    project,
    steps: [
      make({ key: "PLAIN", value: "marker-of-a-stored-value" }),
      get(`${variables}/PLAIN`, like(200, { value: "marker-of-a-stored-value" }), { as }),
      (world) => {
        const files = filesBelow(world.server.dataDirectory);
        expect(files.length).toBeGreaterThan(0);
        expect(files.filter((path) => readFileSync(path).includes("marker-of-a-stored-value"))).toEqual([]);
        return Promise.resolve();
      },
    ],
  },
];
