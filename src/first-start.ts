import { randomBytes } from "node:crypto";
import { ConfigError, type Config } from "./config.ts";
import { parseNamespaceName } from "./core/namespace-name.ts";
import type { Clock } from "./core/ports/clock.ts";
import type { MetadataStore } from "./core/ports/metadata-store.ts";
import type { PasswordHasher } from "./core/ports/password-hasher.ts";
import { lastEightOf, secretDigest } from "./core/secret-digest.ts";

/** The administrator just made; the password only where it was made up here. */
export interface FirstAdministrator {
  readonly name: string;
  readonly generatedPassword: string | null;
}

/** Makes the administrator while there is no account at all; null when there is one already. */
export async function createFirstAdministrator(
  parts: { readonly metadata: MetadataStore; readonly passwords: PasswordHasher; readonly clock: Clock },
  config: Pick<Config, "adminUser" | "adminPassword" | "adminToken">,
): Promise<FirstAdministrator | null> {
  const { metadata, passwords, clock } = parts;
  if (await metadata.accounts.hasAny()) return null;
  const name = parseAdministratorName(config.adminUser);
  const generated = config.adminPassword === null ? randomBytes(15).toString("base64url") : null;
  const result = await metadata.accounts.create({
    name,
    fullName: "",
    email: `${name}@localhost`,
    visibility: "public",
    passwordHash: await passwords.hash(config.adminPassword ?? generated ?? ""),
    isAdmin: true,
    isRestricted: false,
    nowMs: clock.nowMs(),
    onlyAsFirst: true,
    ...(config.adminToken === null
      ? {}
      : { token: { secretSha256: secretDigest(config.adminToken), lastEight: lastEightOf(config.adminToken), name: "first start" } }),
  });
  return result.outcome === "created" ? { name, generatedPassword: generated } : null;
}

function parseAdministratorName(text: string) {
  try {
    return parseNamespaceName(text);
  } catch (error) {
    throw new ConfigError("STOWAGE_ADMIN_USER", String(error instanceof Error ? error.message : error), "choose another name");
  }
}

/** What a new user reads once: the password, and three commands that work as they stand. */
export function welcomeText(administrator: FirstAdministrator, url: string): string {
  const { name, generatedPassword } = administrator;
  // Without the password in the command, curl asks for it.
  const user = generatedPassword === null ? name : `${name}:${generatedPassword}`;
  const file = `${url}/api/packages/${name}/generic/hello/1.0.0/hello.txt`;
  const secret = generatedPassword === null ? "" : `Its password, shown this once: ${generatedPassword}\n`;
  return `The administrator "${name}" was created. ${secret}
Publish a file, download it, delete it:

  echo 'Hello, Stowage' | curl --fail --user '${user}' --upload-file - ${file}
  curl --fail --user '${user}' ${file}
  curl --fail --user '${user}' --request DELETE ${file}
`;
}
