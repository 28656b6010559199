import type { ParameterReader } from "../../http/parameter-reader.ts";

/** The words of a parameter, each of which has to be found (lib/gitlab/sql/pattern.rb, fuzzy_search); none without it. */
export function searchWords(reader: ParameterReader, name: string): readonly string[] {
  return (reader.optionalText(name) ?? "").split(/\s+/).filter((word) => word !== "");
}
