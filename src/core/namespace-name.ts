import { RegistryError } from "./registry-error.ts";
import { foldName } from "./fold-name.ts";

/** A name for one top-level namespace, checked. */
export type NamespaceName = string & { readonly brand: "namespace-name" };

const reserved: ReadonlySet<string> = new Set(
  (
    ". .. - .well-known api metrics healthz readyz v2 assets attachments avatar avatars repo-avatars captcha login org " +
    "repo user explore issues pulls milestones notifications favicon.ico manifest.json robots.txt sitemap.xml ssh_info " +
    "swagger.v1.json openapi3.v1.json ghost gitea-actions"
  ).split(" "),
);
const reservedEndings = [".keys", ".gpg", ".rss", ".atom", ".png"] as const;
const shape = /^[A-Za-z0-9](?:[-._]?[A-Za-z0-9])*$/;
const maxLength = 40;

/**
 * Checks a name for a user or an organisation: letters, digits and `- _ .`, beginning with a letter or digit, no two
 * signs in a row and none at the end, at most 40 characters, not reserved (Gitea, models/user/user.go).
 * Throws `name_invalid` or `name_reserved`.
 */
export function parseNamespaceName(text: string): NamespaceName {
  const folded = foldName(text);
  if (reserved.has(folded)) throw new RegistryError("name_reserved", `name is reserved [name: ${text}]`, { subject: text });
  const ending = reservedEndings.find((end) => folded.endsWith(end));
  if (ending !== undefined)
    throw new RegistryError("name_reserved", `name pattern is not allowed [pattern: *${ending}]`, { subject: text });
  if (text.length > maxLength || !shape.test(text))
    throw new RegistryError(
      "name_invalid",
      `the name "${printable(text)}" is invalid: use letters, digits and - _ . (not two signs in a row), at most ${maxLength} characters`,
      { subject: "name" },
    );
  // The one place where text becomes a namespace name.
  return text as NamespaceName;
}

function printable(text: string): string {
  return text.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, "?");
}
