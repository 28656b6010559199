import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { getIntrospectionQuery } from "graphql";
import { chosen, randomOf } from "./gitlab-bad-bodies.ts";
import { createHarmless, expectSound, seedOf, type Harmless } from "./gitlab-harmless.ts";
import { openTown, type Town } from "./gitlab-places.ts";

let town: Town;
let harmless: Harmless;
const root = (): Record<string, string> => ({ "private-token": town.site.server.admin.token });

beforeAll(async () => {
  town = await openTown();
  harmless = createHarmless(town, () => {});
}, 60_000);
afterAll(async () => await town.site.server.stop());
afterEach(async () => await expectSound(town));

describe("GraphQL", () => {
  const repeat = (text: string, count: number): string => text.repeat(count);
  const many = (count: number, make: (index: number) => string): string => Array.from({ length: count }, (_, index) => make(index)).join(" ");
  const mutation = (rest: string): string => `mutation { updateNamespacePackageSettings(input: {namespacePath: "vault-private", ${rest}}) { errors } }`;
  const abuses: readonly (readonly [name: string, query: string])[] = [
    ["nested a thousand deep", `${repeat("{ project(fullPath: \"x\") ", 1000)}${repeat("}", 1000)}`],
    ["opened ten thousand times", repeat("{", 10_000)],
    ["brackets", `{ project(fullPath: ${repeat("[", 5000)}`],
    ["lists in a variable's type", `query($x: ${repeat("[", 4000)}Int${repeat("]", 4000)}) { currentUser { id } }`],
    ["a fragment within itself", "{ ...a } fragment a on Query { ...a }"],
    ["fragments in a circle", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...a }"],
    ["fragments that double thirty times", `{ ...f0 } ${many(30, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f30 on Query { currentUser { id } }`],
    ["unused fragments that double", `{ currentUser { id } } ${many(30, (index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f30 on Query { currentUser { id } }`],
    ["a thousand aliases", `{ ${many(300, (index) => `a${index}: currentUser { id }`)} }`],
    ["aliases of a project", `{ ${many(160, (index) => `a${index}: project(fullPath: "x") { id }`)} }`],
    ["aliases of a mutation", `mutation { ${many(60, (index) => `a${index}: updatePackagesCleanupPolicy(input: {projectPath: "x"}) { errors }`)} }`],
    ["ten thousand directives", `{ currentUser ${repeat("@skip(if: false) ", 500)} { id } }`],
    ["unknown directives", `{ currentUser ${repeat("@x ", 2000)} { id } }`],
    ["all of the schema, in itself", `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`],
    ["the schema fifty times", `{ ${many(50, (index) => `s${index}: __schema { types { name fields { name args { name } } } }`)} }`],
    ["possible types in a circle", `{ __type(name: "Query") ${repeat("{ fields { type ", 9)} { name } ${repeat("} }", 9)} }`],
    ["two megabytes", `{ currentUser { ${repeat("id ", 700_000)} } }`],
    ["a text of a megabyte", `{ project(fullPath: "${repeat("x", 900_000)}") { id } }`],
    ["a block text that has no end", `{ project(fullPath: """${repeat("x", 5000)}`],
    ["a number of nine thousand digits", mutation(`genericDuplicatesAllowed: ${repeat("9", 9000)}`)],
    ["two operations without a name", "{ currentUser { id } } { currentUser { id } }"],
    ["a subscription", "subscription { x }"],
    ["a schema", "type Query { x: Int } extend type Query { y: Int }"],
    ["NUL", "{ currentUser { id\0 } }"],
    ["an escaped NUL", mutation('genericDuplicateExceptionRegex: "a\\u0000b"')],
    ["a lone surrogate", mutation('genericDuplicateExceptionRegex: "a\\uD800b"')],
    ["a pattern of 256", mutation(`genericDuplicateExceptionRegex: "${repeat("a", 256)}"`)],
    ["a bad pattern", mutation('genericDuplicateExceptionRegex: "(a"')],
    ["a pattern that explodes", mutation('genericDuplicateExceptionRegex: "((((a{100}){100}){100}){100})"')],
    ["a text for a boolean", mutation('genericDuplicatesAllowed: "false"')],
    ["an unknown field", mutation("__proto__: true")],
    ["a mutation within a query", "query { updatePackagesCleanupPolicy(input: {projectPath: \"x\"}) { errors } }"],
    ["members of objects", '{ __proto__ { id } constructor hasOwnProperty toString currentUser { constructor __proto__ } }'],
    ["an unknown member of an enumeration", 'mutation { updatePackagesCleanupPolicy(input: {projectPath: "vault-private/tools", keepNDuplicatedPackageFiles: constructor}) { errors } }'],
  ];

  test("abuse is an error in time, by GET and POST, and changes nothing", async () => {
    for (const [name, query] of abuses) {
      for (const answer of [
        await harmless("POST", "/api/graphql", root(), { query }),
        await harmless("POST", "/api/graphql", { ...root(), "content-type": "application/x-www-form-urlencoded" }, `query=${encodeURIComponent(query)}`),
      ]) {
        const { errors } = JSON.parse(answer.text) as { errors?: unknown[] };
        const { data } = JSON.parse(answer.text) as { data?: Record<string, { errors?: unknown[] }> };
        // Mutations tell what is wrong with a value in their own list.
        const isTold = (errors?.length ?? 0) > 0 || Object.values(data ?? {}).some((one) => (one?.errors?.length ?? 0) > 0);
        expect([name, isTold, answer.text.length < 50_000]).toEqual([name, true, true]);
      }
      if (query.length < 4000) await harmless("GET", `/api/graphql?query=${encodeURIComponent(query)}`);
    }
  }, 60_000);

  test("what is no request is told so", async () => {
    const deep = (depth: number): string => `${repeat("[", depth)}${repeat("]", depth)}`;
    const bodies: readonly (readonly [unknown, number?])[] = [
      ["[]"], ["{}"], ["null"], ["1"], ['"x"'], ["["], [`{"query":1}`], [`{"query":null}`], [`{"query":["{ currentUser { id } }"]}`], [`{"query":{"a":1}}`],
      [`{"query":"{ currentUser { id } }","variables":"x"}`], [`{"query":"{ currentUser { id } }","variables":[1]}`], [`{"query":"{ currentUser { id } }","variables":${deep(15)}}`],
      [`{"query":"query($p: ID!) { project(fullPath: $p) { id } }","variables":{"p":{"a":1}}}`], [`{"query":"query($p: ID!) { project(fullPath: $p) { id } }","variables":{"__proto__":{"p":"x"}}}`],
      [`{"query":"{ currentUser { id } }","variables":{"x":${deep(10_000)}}}`], [`{"query":"query($p: ID!) { project(fullPath: $p) { id } }"}`], [`{"query":"query a { currentUser { id } }","operationName":"b"}`],
      [`[${Array.from({ length: 11 }, () => '{"query":"{ currentUser { id } }"}').join()}]`], [`[${Array.from({ length: 10_000 }, () => "{}").join()}]`],
      [`{"variables":{"x":"${"a".repeat(1_000_000)}"},"query":"{ x }"}`], [`{"variables":{"x":"${"a".repeat(2_000_000)}"},"query":"{ currentUser { id } }"}`],
    ];
    for (const [body] of bodies) {
      const { status, text } = await harmless("POST", "/api/graphql", { ...root(), "content-type": "application/json" }, body);
      expect([String(body).slice(0, 80), [200, 400].includes(status), text.includes('"errors":[{')]).toEqual([String(body).slice(0, 80), true, true]);
    }
    const list = await harmless("POST", "/api/graphql", root(), [null, 1, [], { query: "{ currentUser { username } }" }]);
    expect(JSON.parse(list.text)).toHaveLength(4);
    for (const path of ["?query=", "?", "?query=%7B", "?query[]=x", "?variables=%5B", "?query=mutation%7BupdatePackagesCleanupPolicy(input%3A%7BprojectPath%3A%22vault-private%2Ftools%22%7D)%7Berrors%7D%7D"])
      expect((await harmless("GET", `/api/graphql${path}`)).text).toContain("errors");
  });

  test("introspection is answered, for tools that ask for it", async () => {
    const { status, text } = await harmless("POST", "/api/graphql", {}, { query: getIntrospectionQuery() });
    expect([status, text.includes("updateNamespacePackageSettings")]).toEqual([200, true]);
  });

  test("pieces of queries at random are refused or answered", async () => {
    const seed = seedOf("GraphQL at random");
    const random = randomOf(seed);
    const pieces = ["{", "}", "(", ")", "[", "]", ":", "!", "$", "@", "...", "|", "&", "=", '"', '"""', "#", "\\", "\n", "query", "mutation", "fragment", "on", "Query", "currentUser", "project", "fullPath", "group", "id", "name", "input", "__typename", "__schema", "types", "$x", "Int", "null", "true", "1", "-1", "1e9", '"x"', "@skip(if: true)", "a:", "\0", "\ufeff", "é", "💥"];
    for (let round = 0; round < 400; round += 1) {
      const query = Array.from({ length: random(40) + 1 }, () => chosen(pieces, random)).join(random(2) === 0 ? " " : "");
      const { status, text } = await harmless("POST", "/api/graphql", root(), { query });
      expect([seed, query, [200, 400].includes(status), typeof JSON.parse(text)]).toEqual([seed, query, true, "object"]);
    }
  }, 30_000);
});
