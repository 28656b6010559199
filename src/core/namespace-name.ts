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

/** The last part of the path of something below the top, checked. */
export type PathPart = string & { readonly brand: "path-part" };

const partShape = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const maxPartLength = 255;
const maxPathLength = 1024;
const maxPathDepth = 20;

/**
 * Checks the last part of the path of a project, or of a group below another one: letters, digits and `- _ .`, beginning
 * with none of `- .`, ending neither in a dot nor in .git or .atom, at most 255 characters (GitLab,
 * lib/gitlab/path_regex.rb). Throws `name_invalid`.
 */
export function parsePathPart(text: string): PathPart {
  const isShaped = text.length <= maxPartLength && partShape.test(text) && !text.endsWith(".");
  if (!isShaped || /\.(?:git|atom)$/i.test(text))
    throw new RegistryError(
      "name_invalid",
      "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or '.', end in '.', '.git' or '.atom', " +
        `or have more than ${maxPartLength} characters`,
      { subject: "path" },
    );
  // The one place where text becomes a part of a path.
  return text as PathPart;
}

/** Throws `name_invalid` for a whole path that is too long or too deep: 1,024 characters, 20 parts. */
export function checkFullPath(path: string): void {
  if (path.length > maxPathLength || path.split("/").length > maxPathDepth)
    throw new RegistryError("name_invalid", `has at most ${maxPathLength} characters and ${maxPathDepth} levels`, { subject: "path" });
}

/** A path made of a name: lower case, marks taken off, everything else between dashes (Rails, parameterize). May be empty. */
export function pathFromName(name: string): string {
  const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "");
  return foldName(plain).replaceAll(/[^a-z0-9_-]+/g, "-").replaceAll(/-{2,}/g, "-").replaceAll(/^-|-$/g, "");
}
