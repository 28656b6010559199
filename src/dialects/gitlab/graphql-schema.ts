import { buildSchema, GraphQLError, isScalarType, Kind, type GraphQLSchema } from "graphql";
import { checkDuplicateException } from "../../core/duplicate-exception.ts";
import { RegistryError } from "../../core/registry-error.ts";
import { isLongerThan } from "../../core/text-length.ts";

/** As many characters as GitLab keeps of an exception pattern; a longer one is the operation's to refuse, as there. */
export const maxPatternCharacters = 255;

/** The part of GitLab's schema that is about generic packages, on GitLab's names (doc: api/graphql/reference). */
const definitions = `
  "Time represented in ISO 8601."
  scalar Time
  "A regular expression containing patterns sourced from user input, in RE2 syntax."
  scalar UntrustedRegexp

  type Query {
    "Get information about current user."
    currentUser: CurrentUser
    "Find a namespace: a group's or a user's."
    namespace(fullPath: ID!): Namespace
    group(fullPath: ID!): Group
    project(fullPath: ID!): Project
    "Metadata about the server."
    metadata: Metadata
  }

  type Mutation {
    "Owners of a group, and users of their own namespace, decide what a second upload of a file does."
    updateNamespacePackageSettings(input: UpdateNamespacePackageSettingsInput!): UpdateNamespacePackageSettingsPayload
    "Maintainers of a project decide how many of the duplicates of a file are kept."
    updatePackagesCleanupPolicy(input: UpdatePackagesCleanupPolicyInput!): UpdatePackagesCleanupPolicyPayload
  }

  type CurrentUser { id: ID! username: String! name: String! }
  type Metadata { version: String! revision: String! }

  type Namespace { id: ID! fullPath: ID! name: String! packageSettings: PackageSettings }
  type Group { id: ID! fullPath: ID! name: String! packageSettings: PackageSettings }
  type Project { id: ID! fullPath: ID! name: String! packagesCleanupPolicy: PackagesCleanupPolicy }

  "Namespace-level package registry settings."
  type PackageSettings {
    "Indicates whether duplicate generic packages are allowed for this namespace."
    genericDuplicatesAllowed: Boolean!
    "Packages and versions that match are treated the other way round."
    genericDuplicateExceptionRegex: UntrustedRegexp
  }

  type PackagesCleanupPolicy {
    "Number of duplicated package files to retain."
    keepNDuplicatedPackageFiles: PackagesCleanupKeepDuplicatedPackageFilesEnum!
    "Next time that this packages cleanup policy will be executed."
    nextRunAt: Time
  }

  enum PackagesCleanupKeepDuplicatedPackageFilesEnum {
    ALL_PACKAGE_FILES
    ONE_PACKAGE_FILE
    TEN_PACKAGE_FILES
    TWENTY_PACKAGE_FILES
    THIRTY_PACKAGE_FILES
    FORTY_PACKAGE_FILES
    FIFTY_PACKAGE_FILES
  }

  input UpdateNamespacePackageSettingsInput {
    clientMutationId: String
    namespacePath: ID!
    genericDuplicatesAllowed: Boolean
    genericDuplicateExceptionRegex: UntrustedRegexp
  }
  type UpdateNamespacePackageSettingsPayload {
    clientMutationId: String
    errors: [String!]!
    packageSettings: PackageSettings
  }

  input UpdatePackagesCleanupPolicyInput {
    clientMutationId: String
    projectPath: ID!
    keepNDuplicatedPackageFiles: PackagesCleanupKeepDuplicatedPackageFilesEnum
  }
  type UpdatePackagesCleanupPolicyPayload {
    clientMutationId: String
    errors: [String!]!
    packagesCleanupPolicy: PackagesCleanupPolicy
  }
`;

/** The schema; what it does is given as root value, see `createGraphqlRoot`. */
export function buildGitlabSchema(): GraphQLSchema {
  const schema = buildSchema(definitions);
  const pattern = schema.getType("UntrustedRegexp");
  if (!isScalarType(pattern)) throw new Error("the schema has no scalar UntrustedRegexp");
  pattern.parseValue = readPattern;
  pattern.parseLiteral = (node) => readPattern(node.kind === Kind.STRING ? node.value : null);
  return schema;
}

/** Refuses what is no RE2 before anything is done, as GitLab does (types/untrusted_regexp.rb). */
function readPattern(value: unknown): string {
  if (typeof value !== "string") throw new GraphQLError("UntrustedRegexp cannot represent a non string value");
  if (isLongerThan(value, maxPatternCharacters)) return value;
  try {
    checkDuplicateException(value);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new GraphQLError(`${value} is an invalid regexp: ${error.message}`);
  }
  return value;
}
