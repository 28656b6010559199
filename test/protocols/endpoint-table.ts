/** A route as its dialect lists it. */
export interface Endpoint {
  readonly method: string;
  readonly pattern: string;
  readonly access: string;
  readonly kinds: readonly string[];
}

const needs: Readonly<Record<string, string>> = {
  anyone: "nothing: shows what the caller may see",
  signed_in: "to be signed in",
  self: "the token itself",
  administrator: "administrator",
  "namespace:read": "to see it (Guest where it is private)",
  "namespace:publish": "Developer",
  "namespace:delete": "Maintainer",
  "namespace:configure": "Maintainer",
  "namespace:administer": "Owner",
};

/** Every endpoint as a Markdown table, by pattern and method, without a trailing newline. */
export function endpointTable(endpoints: readonly Endpoint[]): string {
  const rows = endpoints.map(({ method, pattern, access, kinds }) => {
    const what = needs[access];
    if (what === undefined) throw new Error(`${access} is not explained`);
    const shown = method === "GET" ? "GET, HEAD" : method;
    return { key: `${pattern} ${method}`, row: `| ${shown} | \`${pattern}\` | ${what} | ${kinds.join(", ")} | served |` };
  });
  rows.sort((one, other) => (one.key < other.key ? -1 : 1));
  return ["| method | path | needs | tokens | state |", "| --- | --- | --- | --- | --- |", ...rows.map(({ row }) => row)].join("\n");
}
