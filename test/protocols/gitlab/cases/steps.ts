import { expect } from "bun:test";
import type { RawResponse } from "../../../support/raw-http.ts";
import { fields, rows } from "../../json-answers.ts";
import { get, put, type Exchange, type Names } from "../protocol-case.ts";
import type { World } from "../world.ts";

type Details = Parameters<typeof get>[2];

/** A time as GitLab writes it: UTC, milliseconds, `Z`. */
export const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Keeps fields of the answered object as placeholders: `keep({ pkg: "id" })`. */
export const keep =
  (wanted: Readonly<Record<string, string>>): NonNullable<Exchange["check"]> =>
  (answer, world, names) => {
    const object = fields(answer);
    for (const [name, key] of Object.entries(wanted)) {
      const value = object[key];
      if (typeof value !== "string" && typeof value !== "number") throw new Error(`${key} of ${answer.text} cannot be kept`);
      names.set(name, String(value));
      if (key === "token") world.secrets.add(String(value));
    }
  };

/** Publishes a file and keeps the ids of its package and of itself under these names. */
export const publish = (target: string, pkg: string, file = `${pkg}file`, body = "hello"): Exchange =>
  put(`${target}${target.includes("?") ? "&" : "?"}select=package_file`, { status: 200 }, body, {
    check: keep({ [pkg]: "package_id", [file]: "id" }),
  });

/** A list whose entries have these values under a key, in this order. */
export const lists = (target: string, key: string, wanted: readonly string[], details: Details = {}): Exchange =>
  get(target, { status: 200 }, {
    ...details,
    check: async (answer, world, names) => {
      const filled = await Promise.all(wanted.map(async (one) => await world.fill(one, names)));
      expect([target, rows(answer).map((row) => String(row[key]))]).toEqual([target, filled]);
    },
  });

/** A list that has, or lacks, entries with these values under a key, whatever else is in it. */
export const listsAmong = (
  target: string,
  key: string,
  { has = [], lacks = [] }: { readonly has?: readonly string[]; readonly lacks?: readonly string[] },
  details: Details = {},
): Exchange =>
  get(target, { status: 200 }, {
    ...details,
    check: async (answer, world, names) => {
      const shown = rows(answer).map((row) => String(row[key]));
      for (const one of has) expect(shown).toContain(await world.fill(one, names));
      for (const one of lacks) expect(shown).not.toContain(await world.fill(one, names));
    },
  });

/** Makes a group that the administrator owns and keeps its id under this name; its path is `{p}` with the name behind. */
export const makeGroup =
  (name: string, visibility = "public", parent?: string) =>
  async (world: World, names: Names): Promise<void> => {
    const path = `${names.get("p") ?? ""}-${name}`;
    const body = { name: path, path, visibility, ...(parent === undefined ? {} : { parent_id: Number(names.get(parent)) }) };
    names.set(name, idOf(await world.must(201, "POST", "/api/v4/groups", body)));
  };

/** Makes a project in a group that `makeGroup` made and keeps its id under this name. */
export const makeProject =
  (name: string, group: string, visibility = "public") =>
  async (world: World, names: Names): Promise<void> => {
    const path = `${names.get("p") ?? ""}-${name}`;
    const body = { name: path, path, visibility, namespace_id: Number(names.get(group)) };
    names.set(name, idOf(await world.must(201, "POST", "/api/v4/projects", body)));
  };

/** Gives a user a level in a project or group that is kept under a name. */
export const addMember =
  (kind: "projects" | "groups", name: string, user: string, level: number) =>
  async (world: World, names: Names): Promise<void> => {
    const target = `/api/v4/${kind}/${names.get(name) ?? ""}/members`;
    await world.must(201, "POST", target, { user_id: await world.userId(user), access_level: level });
  };

/** The id in an answer. */
function idOf(answer: RawResponse): string {
  return String(fields(answer)["id"]);
}
