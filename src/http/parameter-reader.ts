import { booleanOf, integerOf, listOf, textOf, type Reading } from "./parameter-coercion.ts";
import { isParameterList, isParameterMap, type ParameterMap } from "./parameter-value.ts";

/** Parameters that do not fit; `message` has every problem, fit for the client in Grape's words. */
export class ParameterError extends Error {
  override readonly name = "ParameterError";
  /** Of the answer. */
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

interface TextRule {
  readonly pattern?: RegExp;
  /** Whether empty or null text will do where the parameter is required. */
  readonly mayBeEmpty?: boolean;
}

interface IntegerRule {
  readonly min?: number;
  readonly max?: number;
  /** The only values there are. */
  readonly values?: readonly number[];
}

/**
 * Reads parameters and remembers what is wrong with them, in the order they are asked for. What stands in for a value
 * that is wrong means nothing: do nothing with any value before `finish`.
 *
 * The optional readings are undefined where the parameter is missing and null where it is there and blank (null, or empty
 * text where a number or boolean is expected), so that an update can tell what to leave from what to clear.
 */
export interface ParameterReader {
  has(name: string): boolean;
  requiredText(name: string, rule?: TextRule): string;
  optionalText(name: string, rule?: TextRule): string | null | undefined;
  requiredInteger(name: string, rule?: IntegerRule): number;
  optionalInteger(name: string, rule?: IntegerRule): number | null | undefined;
  /** Blank counts as missing. */
  integer(name: string, byDefault: number, rule?: IntegerRule): number;
  requiredBoolean(name: string): boolean;
  optionalBoolean(name: string): boolean | null | undefined;
  /** Blank counts as missing. */
  boolean(name: string, byDefault: boolean): boolean;
  /** Not empty; with `values`, of these only. */
  requiredList(name: string, values?: readonly string[]): readonly string[];
  optionalList(name: string, values?: readonly string[]): readonly string[] | null | undefined;
  requiredOneOf<Value extends string>(name: string, values: readonly [Value, ...Value[]]): Value;
  optionalOneOf<Value extends string>(name: string, values: readonly Value[]): Value | null | undefined;
  /** Null counts as missing. */
  oneOf<Value extends string>(name: string, values: readonly Value[], byDefault: Value): Value;
  /** Reads what is nested under a name (`filter[...]`); undefined where that is missing or blank. */
  optionalMap(name: string): ParameterReader | undefined;
  /** Reads a list of maps (`links[][...]`). */
  optionalMaps(name: string): readonly ParameterReader[] | undefined;
  /** At least one of them must be there. */
  atLeastOneOf(names: readonly string[]): void;
  /** Adds a problem that only the caller can see, such as `refuse("expires_at", "is invalid")`. */
  refuse(name: string, problem: string): void;
  /** Throws a `ParameterError` when anything was wrong. A nested reader tells the problems of all. */
  finish(): void;
}

/** Reads parameters by `shape` and refuses them with a `ParameterError` when any of them is wrong. */
export function checkedParameters<Shape>(parameters: ParameterMap, shape: (reader: ParameterReader) => Shape): Shape {
  const reader = createParameterReader(parameters);
  const shaped = shape(reader);
  reader.finish();
  return shaped;
}

/** A reader of parameters that collects problems in Grape's words, such as `name is missing`. */
export function createParameterReader(parameters: ParameterMap): ParameterReader {
  return nestedReader(parameters, [], []);
}

/** Where something nested stands: names, and places in lists. */
type Path = readonly (string | number)[];

function nestedReader(parameters: ParameterMap, prefix: Path, problems: string[]): ParameterReader {
  const fullName = (name: string): string => {
    const [outermost = name, ...inner] = [...prefix, name];
    return `${outermost}${inner.map((part) => `[${part}]`).join("")}`;
  };
  const refuse = (name: string, problem: string): void => {
    problems.push(`${fullName(name)} ${problem}`);
  };
  const has = (name: string): boolean => Object.hasOwn(parameters, name);
  return {
    has,
    ...scalarReadings(parameters, refuse),
    ...choiceReadings(parameters, refuse),
    ...nestedReadings(parameters, refuse, (path, inner) => nestedReader(inner, [...prefix, ...path], problems)),
    atLeastOneOf: (names) => {
      if (!names.some(has)) problems.push(`${names.map(fullName).join(", ")} are missing, at least one parameter must be provided`);
    },
    refuse,
    finish: () => {
      if (problems.length > 0) throw new ParameterError(problems.join(", "));
    },
  };
}

type Refuse = (name: string, problem: string) => void;
type Readings<Name extends keyof ParameterReader> = Pick<ParameterReader, Name>;

function scalarReadings(
  parameters: ParameterMap,
  refuse: Refuse,
): Readings<"requiredText" | "optionalText" | "requiredInteger" | "optionalInteger" | "integer" | "requiredBoolean" | "optionalBoolean" | "boolean"> {
  const text = (name: string, { pattern }: TextRule): Reading<string> =>
    limited(refuse, name, textOf(parameters, name), (value) => (pattern?.test(value) === false ? "is invalid" : null));
  const integer = (name: string, rule: IntegerRule): Reading<number> =>
    limited(refuse, name, integerOf(parameters, name), (value) => (isInRule(value, rule) ? null : notAllowed));
  return {
    requiredText: (name, rule = {}) => {
      const given = textOf(parameters, name);
      const isEmpty = given.kind === "blank" || (given.kind === "value" && given.value.trim() === "");
      if (!isEmpty) return required(refuse, name, text(name, rule), "");
      if (rule.mayBeEmpty !== true) refuse(name, "is empty");
      return given.kind === "value" ? given.value : "";
    },
    optionalText: (name, rule = {}) => optional(refuse, name, text(name, rule)),
    requiredInteger: (name, rule = {}) => required(refuse, name, integer(name, rule), 0),
    optionalInteger: (name, rule = {}) => optional(refuse, name, integer(name, rule)),
    integer: (name, byDefault, rule = {}) => optional(refuse, name, integer(name, rule)) ?? byDefault,
    requiredBoolean: (name) => required(refuse, name, booleanOf(parameters, name), false),
    optionalBoolean: (name) => optional(refuse, name, booleanOf(parameters, name)),
    boolean: (name, byDefault) => optional(refuse, name, booleanOf(parameters, name)) ?? byDefault,
  };
}

function choiceReadings(
  parameters: ParameterMap,
  refuse: Refuse,
): Readings<"requiredList" | "optionalList" | "requiredOneOf" | "optionalOneOf" | "oneOf"> {
  const list = (name: string, values?: readonly string[]): Reading<readonly string[]> =>
    limited(refuse, name, listOf(parameters, name), (items) =>
      values === undefined || items.every((item) => values.includes(item)) ? null : notAllowed,
    );
  const choice = <Value extends string>(name: string, values: readonly Value[]): Reading<Value> => {
    const given = textOf(parameters, name);
    if (given.kind !== "value") return given;
    const value = values.find((known) => known === given.value);
    if (value !== undefined) return { kind: "value", value };
    refuse(name, notAllowed);
    return { kind: "missing" };
  };
  return {
    requiredList: (name, values) => {
      const given = list(name, values);
      const isEmpty = given.kind === "value" && given.value.length === 0;
      return required<readonly string[]>(refuse, name, isEmpty ? { kind: "blank" } : given, []);
    },
    optionalList: (name, values) => optional(refuse, name, list(name, values)),
    requiredOneOf: (name, values) => {
      const given = textOf(parameters, name);
      if (given.kind !== "value") required(refuse, name, given, "");
      return (given.kind === "value" ? optional(refuse, name, choice(name, values)) : null) ?? values[0];
    },
    optionalOneOf: (name, values) => optional(refuse, name, choice(name, values)),
    oneOf: (name, values, byDefault) => optional(refuse, name, choice(name, values)) ?? byDefault,
  };
}

function nestedReadings(
  parameters: ParameterMap,
  refuse: Refuse,
  nest: (path: Path, inner: ParameterMap) => ParameterReader,
): Readings<"optionalMap" | "optionalMaps"> {
  const given = (name: string): ParameterMap[string] | undefined => {
    const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    return value === null || value === "" ? undefined : value;
  };
  return {
    optionalMap: (name) => {
      const value = given(name);
      if (value === undefined || isParameterMap(value)) return value && nest([name], value);
      refuse(name, "is invalid");
      return undefined;
    },
    optionalMaps: (name) => {
      const value = given(name);
      if (value === undefined) return undefined;
      if (isParameterList(value) && value.every(isParameterMap)) return value.map((inner, index) => nest([name, index], inner));
      refuse(name, "is invalid");
      return undefined;
    },
  };
}

const notAllowed = "does not have a valid value";

function isInRule(value: number, { min = -Infinity, max = Infinity, values }: IntegerRule): boolean {
  return value >= min && value <= max && (values === undefined || values.includes(value));
}

/** Refuses a value that has a problem, and hands it on. */
function limited<Value>(
  refuse: Refuse,
  name: string,
  reading: Reading<Value>,
  problemOf: (value: Value) => string | null,
): Reading<Value> {
  const problem = reading.kind === "value" ? problemOf(reading.value) : null;
  if (problem !== null) refuse(name, problem);
  return reading;
}

function optional<Value>(refuse: Refuse, name: string, reading: Reading<Value>): Value | null | undefined {
  if (reading.kind === "wrong") refuse(name, "is invalid");
  if (reading.kind === "blank") return null;
  return reading.kind === "value" ? reading.value : undefined;
}

function required<Value>(refuse: Refuse, name: string, reading: Reading<Value>, standIn: Value): Value {
  if (reading.kind === "missing") refuse(name, "is missing");
  if (reading.kind === "blank") refuse(name, "is empty");
  return optional(refuse, name, reading) ?? standIn;
}
