import { checkProfile } from "../../../src/core/operations/manage-groups.ts";
import { checkTexts } from "../../../src/core/operations/manage-projects.ts";
import { checkVersionRule } from "../../../src/core/operations/publishing-policies.ts";
import { checkRelease, checkReleaseLink, checkReleaseLinks, checkTag } from "../../../src/core/release-rules.ts";
import { checkVariable, checkVariableKey } from "../../../src/core/variable-rules.ts";
import { mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";
import { charactersOf, hasBlank, hasControl, isMadeOf, letters } from "./letters.ts";
import { isTaken } from "./rule-outcome.ts";

const values = ["secret-value_1", "1234567", "12345678", "two words here", "line\nline", "$VARIABLE_X", "\u{1f600}\u{1f600}\u{1f600}\u{1f600}", "", "a+b=c/d@e:f.g~h-i"];
const environments = ["*", "production", "review/*", "review/feature-1", " ", "", "a,b", "${X}", "x".repeat(255), "x".repeat(256), "\u00fc"];

function tryVariables(fuzz: Fuzz): void {
  const key = fuzz.note(fuzz.changed(["DEPLOY_TOKEN", "a1", "", "A-B", "x".repeat(255), "x".repeat(256)]));
  mustEqual(isTaken(() => checkVariableKey(key)), key !== "" && key.length <= 255 && isMadeOf(key, `_${letters}`), "a variable's key");
  const long = fuzz.one(["x", "\u{1f600}"]).repeat(fuzz.whole(9998, 10_003));
  const value = fuzz.oneIn(100) ? long : fuzz.changed(values);
  const environmentScope = fuzz.oneIn(2) ? "*" : fuzz.changed(environments);
  const description = fuzz.oneIn(3) ? fuzz.changed(["", "what for", "x".repeat(255), "\u{1f600}".repeat(256), "\ud800"]) : null;
  const [isMasked, isRaw] = [fuzz.oneIn(2), fuzz.oneIn(2)];
  fuzz.note({ value, environmentScope, description, isMasked, isRaw });
  const isMaskable = value.length >= 8 && (isRaw ? !hasBlank(value) : isMadeOf(value, `_+=/@:.~-${letters}`));
  const isValue = charactersOf(value) <= 10_000 && value.isWellFormed() && (!isMasked || isMaskable);
  const isScope = environmentScope.trim() !== "" && environmentScope.length <= 255 && isMadeOf(environmentScope, `_/\${}. *-${letters}`);
  const isDescription = description === null || (charactersOf(description) <= 255 && description.isWellFormed());
  mustEqual(isTaken(() => checkVariable({ value, environmentScope, description, isMasked, isRaw })), isValue && isScope && isDescription, "a variable");
}

/** One line that can be shown, of at most 255 characters. */
const isLine = (text: string): boolean => charactersOf(text) <= 255 && !hasControl(text) && text.isWellFormed();
const lines = ["First release", "", "a\nb", "\x85", "x".repeat(255), "x".repeat(256), "\u{1f600}".repeat(255), "\u{1f600}".repeat(256), "\udc00x"];

function tryReleases(fuzz: Fuzz): void {
  const tag = fuzz.note(fuzz.changed(["v1.0", "release/1.0", "..", ".", " ", "a\nb", "\u00fc", "x".repeat(255), "x".repeat(256)]));
  mustEqual(isTaken(() => checkTag(tag)), tag.trim() !== "" && tag !== "." && tag !== ".." && isLine(tag), "a tag");
  const [name, ref] = [fuzz.changed(lines), fuzz.oneIn(2) ? null : fuzz.changed(lines)];
  const longest = 1_000_000;
  const description = fuzz.oneIn(3000) ? "x".repeat(fuzz.whole(longest - 1, longest + 2)) : fuzz.oneIn(4) ? null : fuzz.changed(lines);
  fuzz.note({ name, ref, description: description === null || description.length < 9999 ? description : description.length });
  // None of them is long for what stands beyond the basic plane.
  const isDescription = description === null || (description.length <= longest && description.isWellFormed());
  const isRelease = isLine(name) && (ref === null || isLine(ref)) && isDescription;
  mustEqual(isTaken(() => checkRelease({ name, ref, description })), isRelease, "a release");
}

const urls = ["https://example.com/a?b#c", "HTTP://example.com", "ftp://example.com", "javascript:alert(1)", "https:\\\\example.com", "http://[::1]:80/", "http://[::1", "data:text/html,x", "//example.com", "https:///x", "https://", `https://example.com/${"x".repeat(4076)}`, `https://example.com/${"x".repeat(4077)}`];
const filepaths = ["/bin/tool", "/a//b", "/../x", "bin", "/x/", "/a b", "/", "/a", `/${"x".repeat(127)}`, `/${"x".repeat(128)}`];

/** An address of a scheme that a browser does not run, with an authority behind it, that stands in one line. */
function isUrl(url: string): boolean {
  const scheme = ["http://", "https://", "ftp://"].find((begin) => url.slice(0, begin.length).toLowerCase() === begin);
  const next = url[scheme?.length ?? 0] ?? "";
  const isFormed = scheme !== undefined && next !== "" && !"/?#\\".includes(next);
  return isFormed && url.length <= 4096 && !hasBlank(url) && !hasControl(url) && url.isWellFormed() && URL.canParse(url);
}

function isFilepath(path: string): boolean {
  const last = path.at(-1) ?? "";
  return path.startsWith("/") && !path.includes("//") && path.length <= 128 && isMadeOf(path, `/-._${letters}`) && isMadeOf(last, letters);
}

function tryLinks(fuzz: Fuzz): void {
  const link = () => ({
    name: fuzz.oneIn(3) ? fuzz.changed([" ", ...lines]) : `n${fuzz.whole(0, 20)}`,
    url: fuzz.oneIn(3) ? fuzz.changed(urls) : `https://example.com/${fuzz.whole(0, 20)}`,
    filepath: fuzz.oneIn(3) ? fuzz.changed(filepaths) : fuzz.oneIn(2) ? `/f${fuzz.whole(0, 20)}` : null,
    type: "other" as const,
  });
  const links = fuzz.oneIn(2000) ? Array.from({ length: fuzz.whole(999, 1002) }, (_, index) => ({ ...link(), name: `${index}`, url: `https://x/${index}`, filepath: null })) : fuzz.list(4, link);
  fuzz.note(links);
  const isLink = ({ name, url, filepath }: ReturnType<typeof link>): boolean =>
    name.trim() !== "" && isLine(name) && isUrl(url) && (filepath === null || isFilepath(filepath));
  for (const one of links.slice(0, 4)) {
    mustEqual(isTaken(() => checkReleaseLink(one)), isLink(one), "a link of a release");
    mustEqual(isTaken(() => checkReleaseLink({ url: one.url })), isUrl(one.url), "an address");
  }
  const isEachOnce = (texts: readonly string[]): boolean => texts.every((text, index) => !texts.slice(0, index).includes(text));
  const filepathsOf = links.flatMap(({ filepath }) => (filepath === null ? [] : [filepath]));
  const areDistinct = isEachOnce(links.map(({ name }) => name)) && isEachOnce(links.map(({ url }) => url)) && isEachOnce(filepathsOf);
  mustEqual(isTaken(() => checkReleaseLinks(links)), links.length <= 1000 && links.every(isLink) && areDistinct, "the links of a new release");
}

const websites = ["", "https://example.com", "HTTP://x", "http://", "https://a b", "javascript:alert(1)//http://x", " http://x", "http://x\n", `https://${"x".repeat(247)}`, `https://${"x".repeat(248)}`];

function tryProfiles(fuzz: Fuzz): void {
  const [fullName, location] = [fuzz.changed(["Ann", "x".repeat(100), "x".repeat(101)]), fuzz.changed(["here", "x".repeat(50), "x".repeat(51)])];
  const [description, website] = [fuzz.changed(["what for", "x".repeat(255), "x".repeat(256)]), fuzz.changed(websites)];
  fuzz.note({ fullName, location, description, website });
  const rest = ["http://", "https://"].find((begin) => website.slice(0, begin.length).toLowerCase() === begin)?.length;
  const isWebsite = website === "" || (rest !== undefined && website.length > rest && website.length <= 255 && !hasBlank(website));
  const isShort = fullName.length <= 100 && location.length <= 50 && description.length <= 255;
  mustEqual(isTaken(() => checkProfile({ fullName, location, description, website })), isWebsite && isShort, "what a group shows of itself");
  const name = fuzz.note(fuzz.changed(["My Group", " ", "", "x".repeat(255), "x".repeat(256), "a\nb", "\x85"]));
  mustEqual(isTaken(() => checkTexts({ name })), name.trim() !== "" && name.length <= 255 && !hasControl(name), "the name of a project or group");
  const [packageName, version, path] = [fuzz.changed(["tool", "a+b"]), fuzz.changed(["1.2.3", "1.2", "v1.2.3", "01.2.3\n"]), fuzz.changed(["f", "f+g"])];
  fuzz.note([packageName, version, path]);
  const numbers = version.split(".");
  const isStrict = numbers.length === 3 && numbers.every((part) => part !== "" && isMadeOf(part, "0123456789"));
  const isRuled = !packageName.includes("+") && isStrict && !path.includes("+");
  mustEqual(isTaken(() => checkVersionRule({ versions: "x.y.z" }, { packageName, version, path })), isRuled, "a version of three numbers");
}

/** What variables, releases, groups and projects are made with. */
export const keptTextParts: readonly FuzzPart[] = [
  { name: "variables", count: 40_000, tryOne: tryVariables },
  { name: "releases and tags", count: 30_000, tryOne: tryReleases },
  { name: "what groups and projects show", count: 20_000, tryOne: tryProfiles },
  { name: "links of releases", count: 12_000, tryOne: tryLinks },
];
