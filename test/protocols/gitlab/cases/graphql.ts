import { expect } from "bun:test";
import { created, message, unauthorized } from "../answers.ts";
import { post, put, type Expectation, type ProtocolCase } from "../protocol-case.ts";
import { addMember, makeGroup, makeProject } from "./steps.ts";

const target = "/api/graphql";
const asAdmin = { as: "admin" };
const ask = (query: string, expectation: Expectation, as = "admin", variables: object = {}) => post(target, expectation, { query, variables }, { as });
const data = (value: object): Expectation => ({ status: 200, json: { data: value } });
/** Errors beside the data, none of it in place. */
const refused = (text: RegExp): Expectation => ({ status: 200, body: new RegExp(`^\\{.*"errors":\\[\\{"message":"${text.source}`) });
const noAccess = refused(/The resource that you are attempting to access does not exist/);
const duplicate = message(400, "400 Bad request - Duplicate package is not allowed");

const update = `mutation Update($input: UpdateNamespacePackageSettingsInput!) {
  updateNamespacePackageSettings(input: $input) { packageSettings { genericDuplicatesAllowed genericDuplicateExceptionRegex } errors }
}`;
const set = (input: object, expectation: Expectation, as = "admin") => ask(update, expectation, as, { input });
const isSet = (allowed: boolean, regex: string | null): Expectation =>
  data({ updateNamespacePackageSettings: { packageSettings: { genericDuplicatesAllowed: allowed, genericDuplicateExceptionRegex: regex ?? expect.anything() }, errors: [] } });
const read = (kind: string, path: string): string =>
  `query { ${kind}(fullPath: "${path}") { packageSettings { genericDuplicatesAllowed genericDuplicateExceptionRegex } } }`;

const clean = `mutation Clean($input: UpdatePackagesCleanupPolicyInput!) {
  updatePackagesCleanupPolicy(input: $input) { packagesCleanupPolicy { keepNDuplicatedPackageFiles } errors }
}`;
const cleanedTo = (value: string): Expectation => data({ updatePackagesCleanupPolicy: { packagesCleanupPolicy: { keepNDuplicatedPackageFiles: value }, errors: [] } });
const keptValues = ["ALL_PACKAGE_FILES", "ONE_PACKAGE_FILE", "TEN_PACKAGE_FILES", "TWENTY_PACKAGE_FILES", "THIRTY_PACKAGE_FILES", "FORTY_PACKAGE_FILES", "FIFTY_PACKAGE_FILES"];

const group = [makeGroup("grp"), makeProject("one", "grp")];
const upload = (name: string, expectation: Expectation) => put(`/api/v4/projects/{one}/packages/generic/${name}`, expectation, "x", asAdmin);

export const graphqlCases: readonly ProtocolCase[] = [
  {
    row: "graphql.settings.update",
    it: "holds from the next upload in every project below",
    steps: [
      ...group,
      upload("a/1.0/f", created),
      upload("a/1.0/f", created),
      set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: false, genericDuplicateExceptionRegex: "x.*" }, isSet(false, "x.*")),
      upload("a/1.0/f", duplicate),
      upload("a/1.0/g", created),
      set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: true }, isSet(true, "x.*")),
      upload("a/1.0/f", created),
    ],
  },
  {
    row: "graphql.settings.query",
    it: "answers what is set",
    steps: [
      ...group,
      ask(read("group", "{p}-grp"), { status: 200, jsonLike: { data: { group: { packageSettings: { genericDuplicatesAllowed: true } } } } }),
      set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: false, genericDuplicateExceptionRegex: "dev.*" }, isSet(false, "dev.*")),
      ...["group", "namespace"].map((kind) =>
        ask(read(kind, "{p}-grp"), data({ [kind]: { packageSettings: { genericDuplicatesAllowed: false, genericDuplicateExceptionRegex: "dev.*" } } }))),
      ask(read("group", "nothing-here"), data({ group: null })),
    ],
  },
  {
    row: "graphql.settings.user",
    it: "is for one's own namespace too",
    steps: [
      set({ namespacePath: "gql-user", genericDuplicatesAllowed: false }, isSet(false, null), "gql-user"),
      ask(read("namespace", "gql-user"), { status: 200, jsonLike: { data: { namespace: { packageSettings: { genericDuplicatesAllowed: false } } } } }, "gql-user"),
    ],
  },
  {
    row: "graphql.settings.regex",
    it: "refuses what is no pattern",
    steps: [
      ...group,
      set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: false }, { status: 200 }),
      ...["(", "a(?=b)", "a".repeat(256)].map((regex) =>
        set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: true, genericDuplicateExceptionRegex: regex }, { status: 200, body: /"errors":\[(?:\{|")/ })),
      upload("a/1.0/f", created),
      upload("a/1.0/f", duplicate),
    ],
  },
  {
    row: "graphql.settings.exception",
    it: "turns the rule round",
    steps: [
      ...group,
      set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: false, genericDuplicateExceptionRegex: "dev-.+|.*-SNAPSHOT" }, { status: 200 }),
      ...["dev-a/1.0/f", "b/1.0-SNAPSHOT/f"].flatMap((name) => [upload(name, created), upload(name, created)]),
      ...["my-dev-a/1.0/f", "b/1.0/f"].flatMap((name) => [upload(name, created), upload(name, duplicate)]),
      set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: true }, { status: 200 }),
      upload("dev-a/1.0/f", duplicate),
      upload("b/1.0/f", created),
    ],
  },
  {
    row: "graphql.settings.rights",
    it: "is for owners",
    steps: [
      ...group,
      addMember("groups", "grp", "grp-maintainer", 40),
      ...["grp-maintainer", "stranger", "anonymous"].map((as) => set({ namespacePath: "{p}-grp", genericDuplicatesAllowed: false }, noAccess, as)),
      set({ namespacePath: "nothing-here", genericDuplicatesAllowed: false }, noAccess),
      upload("a/1.0/f", created),
      upload("a/1.0/f", created),
    ],
  },
  {
    row: "graphql.cleanup.update",
    it: "knows seven values",
    project: "fresh",
    steps: [
      ...group,
      ...keptValues.map((value) => ask(clean, cleanedTo(value), "admin", { input: { projectPath: "{p}-grp/{p}-one", keepNDuplicatedPackageFiles: value } })),
      ask(clean, { status: 200, body: /"errors":\[\{/ }, "admin", { input: { projectPath: "{p}-grp/{p}-one", keepNDuplicatedPackageFiles: "TWO_PACKAGE_FILES" } }),
    ],
  },
  {
    row: "graphql.cleanup.query",
    it: "answers what is set, and when it runs next",
    steps: [
      ...group,
      ask('query { project(fullPath: "{p}-grp/{p}-one") { packagesCleanupPolicy { keepNDuplicatedPackageFiles nextRunAt } } }', {
        status: 200,
        jsonLike: { data: { project: { packagesCleanupPolicy: { keepNDuplicatedPackageFiles: "ALL_PACKAGE_FILES" } } } },
      }),
      ask(clean, cleanedTo("TEN_PACKAGE_FILES"), "admin", { input: { projectPath: "{p}-grp/{p}-one", keepNDuplicatedPackageFiles: "TEN_PACKAGE_FILES" } }),
      ask('query { project(fullPath: "{p}-grp/{p}-one") { packagesCleanupPolicy { keepNDuplicatedPackageFiles nextRunAt } } }', {
        status: 200,
        body: /"keepNDuplicatedPackageFiles":"TEN_PACKAGE_FILES","nextRunAt":"\d{4}-\d\d-\d\dT/,
      }),
    ],
  },
  {
    row: "graphql.cleanup.rights",
    it: "is for maintainers",
    steps: ["developer", "stranger", "anonymous"].map((as) =>
      ask(clean, noAccess, as, { input: { projectPath: "acme/public", keepNDuplicatedPackageFiles: "ONE_PACKAGE_FILE" } })),
  },
  {
    row: "graphql.language",
    it: "takes variables, aliases, fragments and a choice of operations",
    steps: [
      ...group,
      post(target, data({
        mine: { packageSettings: { allowed: true, __typename: "PackageSettings" } },
        same: { packageSettings: { allowed: true, __typename: "PackageSettings" } },
      }), {
        query: "query Other { __typename } query Wanted($path: ID!) { mine: group(fullPath: $path) { ...S } same: group(fullPath: $path) { ...S } } fragment S on Group { packageSettings { allowed: genericDuplicatesAllowed __typename } }",
        variables: { path: "{p}-grp" },
        operationName: "Wanted",
      }, asAdmin),
    ],
  },
  {
    row: "graphql.introspection",
    it: "tells its types",
    steps: [
      ask("query { __schema { mutationType { fields { name } } } }", { status: 200, body: /updateNamespacePackageSettings/ }),
      ask('query { __type(name: "PackagesCleanupKeepDuplicatedPackageFilesEnum") { enumValues { name } } }', { status: 200, body: /FORTY_PACKAGE_FILES/ }),
    ],
  },
  {
    row: "graphql.bounds",
    it: "refuses what is too much",
    steps: [
      ask(`query { ${Array.from({ length: 600 }, (_, index) => `a${index}: group(fullPath: "acme") { id }`).join(" ")} }`, { status: 200, body: /^(?!\{"data":\{).*"errors":\[\{/ }),
      ask(`query { __schema { types { fields { type ${"{ ofType ".repeat(40)}{ name } ${"} ".repeat(40)}} } } }`, { status: 200, body: /^(?!\{"data":\{).*"errors":\[\{/ }),
    ],
  },
  {
    row: "graphql.refused",
    it: "says what is wrong",
    steps: [
      ask("query { group(", { status: 200, body: /"errors":\[\{/ }),
      ask("query { nonsense }", { status: 200, body: /"errors":\[\{/ }),
      post(target, { status: 200, body: /"errors":\[\{/ }, {}, asAdmin),
    ],
  },
  {
    row: "graphql.credentials",
    it: "refuses a token that is none",
    steps: [
      post(target, { status: unauthorized.status }, { query: "query { __typename }" }, { as: "anonymous", headers: { "PRIVATE-TOKEN": "glpat-no-such-token-00" } }),
      post(target, { status: 200, body: /__typename/ }, { query: "query { __typename }" }, { as: "anonymous", headers: { Authorization: "Bearer {token:developer}" } }),
    ],
  },
];
