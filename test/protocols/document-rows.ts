/** The rules of one page under docs/protocols. */
export interface DocumentRows {
  /** The first column of each rule. */
  readonly ids: readonly string[];
  /** The lines of the rules, whole. */
  readonly lines: readonly string[];
}

/** Reads the rules of a page: the lines of its tables whose first column is code that is an id, in four columns. */
export async function documentRows(name: string): Promise<DocumentRows> {
  const text = await Bun.file(new URL(`../../docs/protocols/${name}`, import.meta.url)).text();
  const lines = text.split("\n").filter((line) => line.startsWith("| `"));
  return { ids: lines.map((line) => /^\| `([^`]+)` \|/.exec(line)?.[1] ?? line), lines };
}

/** Those that are not four columns, or whose id is no id. */
export function malformedRows({ ids, lines }: DocumentRows): readonly string[] {
  return [
    ...lines.filter((line) => line.replaceAll("\\|", "").split("|").length !== 6),
    ...ids.filter((id) => !/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(id)),
  ];
}
