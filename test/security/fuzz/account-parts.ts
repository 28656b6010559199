import { checkEmail, checkPassword } from "../../../src/core/operations/manage-accounts.ts";
import { checkTerms } from "../../../src/core/operations/token-terms.ts";
import { newPrefixedSecret, newTokenSecret } from "../../../src/core/secret-digest.ts";
import { parseAuthorization } from "../../../src/http/authorization-header.ts";
import { accountActor } from "../rights-askers.ts";
import { mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";
import { bytesOf, hasBlank, hasControl, isMadeOf, letters } from "./letters.ts";
import { isTaken, outcomeOf } from "./rule-outcome.ts";

const emails = ["ann@example.com", "a.b+c@x", "@", "a@", "@b", "a@b@c", `${"a".repeat(242)}@example.com`, `${"a".repeat(243)}@example.com`, "\u00fc@\u00fc.example", "a b@c"];

function tryEmails(fuzz: Fuzz): void {
  const email = fuzz.note(fuzz.oneIn(8) ? fuzz.text(20, "ab@. \n\u00a0\x85\u2028") : fuzz.changed(emails));
  const sides = email.split("@");
  const isEmail = email.length <= 254 && sides.length === 2 && sides.every((side) => side !== "" && !hasBlank(side) && !hasControl(side));
  mustEqual(isTaken(() => checkEmail(email)), isEmail, "an e-mail address");
}

const passwords = ["correct horse", "12345678", "1234567", "x-oauth-basic", "\u00e4\u00e4\u00e4\u00e4", "a".repeat(255), "a".repeat(256), "\u{1f600}".repeat(63), "\u{1f600}".repeat(64)];
const hex = "0123456789abcdef";

/** What stands in a password's place and is a token, told letter by letter. */
function isTokenForm(text: string): boolean {
  const rest = ["glpat-", "gldt-", "glcbt-"].find((prefix) => text.startsWith(prefix));
  if (rest === undefined) return text.length === 40 && isMadeOf(text, hex);
  return text.length === rest.length + 27 && isMadeOf(text, `${letters}_-`);
}

function tryPasswords(fuzz: Fuzz): void {
  const secrets = fuzz.oneIn(4) ? [newTokenSecret(), ...(["personal", "deploy", "job", "reservation"] as const).map(newPrefixedSecret)] : [];
  const password = fuzz.note(fuzz.changed([...passwords, ...secrets]));
  const isSized = bytesOf(password) >= 8 && bytesOf(password) <= 255;
  const isPassword = isSized && !hasControl(password) && password.isWellFormed() && !isTokenForm(password) && password !== "x-oauth-basic";
  mustEqual(isTaken(() => checkPassword(password)), isPassword, "a password");
  if (!isPassword) return;
  const carried = parseAuthorization(`Basic ${Buffer.from(`ann:${password}`).toString("base64")}`);
  mustEqual(carried, { scheme: "basic", user: "ann", password }, "a password that signing in can carry");
}

const areas = ["activitypub", "admin", "issue", "misc", "notification", "organization", "package", "repository", "user"];
const giteaScopes = ["all", "public-only", ...areas.flatMap((area) => [`read:${area}`, `write:${area}`])];
const gitlabScopes = (
  "api read_api read_user read_repository write_repository read_registry write_registry read_virtual_registry write_virtual_registry " +
  "create_runner manage_runner ai_features k8s_proxy self_rotate read_service_ping sudo admin_mode read_package_registry write_package_registry"
).split(" ");
const deployScopes = "read_repository read_registry write_registry read_package_registry write_package_registry read_virtual_registry write_virtual_registry".split(" ");
const vocabularies = { gitea: giteaScopes, gitlab: gitlabScopes, deploy: deployScopes } as const;
const heldSets = ["password", "all", "api", "read_api", "(none)", "all,public-only", "write:package", "read:user,write:user", "write_package_registry", "write:user,public-only"];

/** How far scopes reach in an area: 0 nowhere, 1 to read, 2 to change. */
function reachOf(scopes: readonly string[], area: string): number {
  const reaches = scopes.map((scope): number => {
    if (scope === "all" || scope === "api" || scope === `write:${area}`) return 2;
    if (scope === "read_api" || scope === `read:${area}`) return 1;
    if (area === "package" && scope.endsWith("_package_registry")) return scope.startsWith("write") ? 2 : 1;
    return area === "user" && scope === "read_user" ? 1 : 0;
  });
  return Math.max(0, ...reaches);
}

function isWithinReach(wanted: readonly string[], heldText: string): boolean {
  if (heldText === "password") return true;
  const held = heldText.split(",");
  if (held.includes("public-only") && !wanted.includes("public-only")) return false;
  return areas.every((area) => reachOf(wanted, area) <= reachOf(held, area));
}

function tryTerms(fuzz: Fuzz): void {
  const words = fuzz.one(["gitea", "gitlab", "deploy"] as const);
  const scope = (): string => (fuzz.oneIn(6) ? fuzz.changed([...giteaScopes, ...gitlabScopes]) : fuzz.one(vocabularies[words]));
  const name = fuzz.oneIn(3) ? fuzz.changed(["ci", " ", "", "\t\n", "x".repeat(255), "x".repeat(256), "\u{1f600}".repeat(127)]) : "ci";
  const description = fuzz.oneIn(8) ? fuzz.changed(["", "x".repeat(1000), "x".repeat(1001)]) : "what for";
  const scopes = fuzz.list(4, scope);
  const held = fuzz.one(heldSets);
  fuzz.note({ words, name, description, scopes, held });
  const isFormed = name.trim() !== "" && name.length <= 255 && description.length <= 1000;
  const isKnown = scopes.length > 0 && scopes.every((one) => vocabularies[words].includes(one));
  const wanted = !isFormed || !isKnown ? "value_invalid" : isWithinReach(scopes, held) ? "taken" : "scope_missing";
  const terms = { name, description, scopes, expiresAtMs: null };
  mustEqual(outcomeOf(() => checkTerms(accountActor("plain", held), terms, words)), wanted, "the terms of a token");
}

/** What people and tokens are made with. */
export const accountParts: readonly FuzzPart[] = [
  { name: "e-mail addresses", count: 60_000, tryOne: tryEmails },
  { name: "passwords", count: 40_000, tryOne: tryPasswords },
  { name: "names and scopes of tokens", count: 60_000, tryOne: tryTerms },
];
