import type { Place, Town } from "./gitlab-places.ts";

/** How a caller stands to a place. */
export const relations = [
  "anonymous", "stranger", "guest", "reporter", "developer", "maintainer", "owner", "admin", "inactive",
  /** Tokens of the administrator that read only, or have nothing to do with what is asked for. */
  "read-api", "unrelated",
  /** The owner's, from before. */
  "expired", "revoked",
  /** Of the project itself, and of another one. */
  "deploy-rw", "deploy-r", "deploy-else",
  /** Of the developer, for the project and for another one; of the administrator, for the project. */
  "job", "job-else", "job-admin",
  /** A Maintainer's token of the project. */
  "bot",
] as const;
export type Relation = (typeof relations)[number];

/** The header that a relation sends. */
export type Credentials = Readonly<Record<string, string>>;

export interface Callers {
  /** The same at every call. */
  headersOf(place: Place, relation: Relation): Promise<Credentials>;
  /** With a personal token that nothing else uses; as above for the relations that have none. */
  spentHeadersOf(place: Place, relation: Relation): Promise<Credentials>;
}

const personal: Partial<Record<Relation, readonly [name: string, scopes: readonly string[]]>> = {
  stranger: ["stranger", ["api"]],
  guest: ["guest", ["api"]],
  reporter: ["reporter", ["api"]],
  developer: ["developer", ["api"]],
  maintainer: ["maintainer", ["api"]],
  owner: ["owner", ["api"]],
  admin: ["chief", ["api"]],
  inactive: ["inactive", ["api"]],
  "read-api": ["chief", ["read_api"]],
  unrelated: ["chief", ["create_runner", "write_virtual_registry"]],
};

/** Makes the credentials of each relation to a place, when they are first asked for. */
export function createCallers(town: Town): Callers {
  const known = new Map<string, Promise<Credentials>>();
  const { make, mint, site } = town;
  const text = (made: Record<string, unknown>): string => String(made["token"]);
  const deploy = async (place: Place, ...scopes: string[]): Promise<Credentials> => ({
    "deploy-token": text(await make("POST", `/api/v4/projects/${place.project.id}/deploy_tokens`, { name: "d", scopes })),
  });
  const job = async (place: Place, user: string): Promise<Credentials> => ({
    "job-token": text(await make("POST", "/api/stowage/v1/job-tokens", { user, namespace: place.project.path })),
  });
  const bot = async (place: Place): Promise<Credentials> => {
    const body = { name: "bot", scopes: ["api"], access_level: 40 };
    return { "private-token": text(await make("POST", `/api/v4/projects/${place.project.id}/access_tokens`, body)) };
  };
  const credentials = async (place: Place, relation: Relation): Promise<Credentials> => {
    const [name, scopes] = personal[relation] ?? [];
    if (name !== undefined && scopes !== undefined) return { "private-token": (await mint(name, scopes)).secret };
    switch (relation) {
      case "expired":
        return { "private-token": (await mint("owner", ["api"], Date.now() - 1)).secret };
      case "revoked": {
        const { id, secret } = await mint("owner", ["api"]);
        await site.server.stores.metadata.accessTokens.revoke(id, Date.now());
        return { "private-token": secret };
      }
      case "deploy-rw":
        return deploy(place, "read_package_registry", "write_package_registry");
      case "deploy-r":
        return deploy(place, "read_package_registry");
      case "deploy-else":
        return deploy(town.elsewhere, "read_package_registry", "write_package_registry");
      case "job":
        return job(place, "developer");
      case "job-else":
        return job(town.elsewhere, "developer");
      case "job-admin":
        return job(place, "chief");
      case "bot":
        return bot(place);
      default:
        return {};
    }
  };
  return {
    headersOf: (place, relation) => {
      const key = `${place.project.path} ${relation}`;
      const found = known.get(key) ?? credentials(place, relation);
      known.set(key, found);
      return found;
    },
    spentHeadersOf: credentials,
  };
}
