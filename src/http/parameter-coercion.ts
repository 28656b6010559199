import { isParameterList, type ParameterMap, type ParameterValue } from "./parameter-value.ts";

/** What a parameter is when read as a type. `blank` is null, or empty text where the type has no empty value. */
export type Reading<Value> =
  | { readonly kind: "missing" }
  | { readonly kind: "blank" }
  | { readonly kind: "wrong" }
  | { readonly kind: "value"; readonly value: Value };

// Those of dry-types' Params::Bool, which Grape uses.
const trueTexts = new Set(["1", "on", "On", "ON", "t", "true", "True", "TRUE", "T", "y", "yes", "Yes", "YES", "Y"]);
const falseTexts = new Set(["0", "off", "Off", "OFF", "f", "false", "False", "FALSE", "F", "n", "no", "No", "NO", "N"]);

/** Text; numbers and booleans as JSON writes them. Empty text is a value. */
export function textOf(parameters: ParameterMap, name: string): Reading<string> {
  return read(parameters, name, (value) =>
    typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined,
  );
}

/** A whole number of at most 15 digits, or its decimal text. */
export function integerOf(parameters: ParameterMap, name: string): Reading<number> {
  return read(parameters, name, (value) => {
    if (typeof value === "string") {
      if (value === "") return null;
      return /^[+-]?[0-9]{1,15}$/.test(value) ? Number(value) + 0 : undefined;
    }
    return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
  });
}

/** A boolean, 1 or 0, or one of the texts that Grape takes for either, such as `true`, `t`, `yes` and `on`. */
export function booleanOf(parameters: ParameterMap, name: string): Reading<boolean> {
  return read(parameters, name, (value) => {
    if (typeof value === "boolean") return value;
    if (value === "") return null;
    const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
    if (trueTexts.has(text)) return true;
    return falseTexts.has(text) ? false : undefined;
  });
}

/** A list of texts; a text is the list of what stands between its commas, trimmed. An empty list is a value. */
export function listOf(parameters: ParameterMap, name: string): Reading<readonly string[]> {
  return read(parameters, name, (value) => {
    if (typeof value === "string") return value.split(",").map((part) => part.trim()).filter((part) => part !== "");
    if (typeof value === "number") return [String(value)];
    if (!isParameterList(value)) return undefined;
    const texts = value.flatMap((item) => (typeof item === "string" || typeof item === "number" ? [String(item)] : []));
    return texts.length === value.length ? texts : undefined;
  });
}

/** `coerce` gives null for blank and undefined for wrong. */
function read<Value>(
  parameters: ParameterMap,
  name: string,
  coerce: (value: ParameterValue) => Value | null | undefined,
): Reading<Value> {
  const given = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (given === undefined) return { kind: "missing" };
  const value = given === null ? null : coerce(given);
  if (value === undefined) return { kind: "wrong" };
  return value === null ? { kind: "blank" } : { kind: "value", value };
}
