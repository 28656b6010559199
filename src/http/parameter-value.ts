/** What a parameter may hold: text from queries and forms, any JSON value from JSON bodies. */
export type ParameterValue = string | number | boolean | null | readonly ParameterValue[] | ParameterMap;

/** Parameters by name. Without a prototype: a name like `__proto__` is one like any other. */
export interface ParameterMap {
  readonly [name: string]: ParameterValue;
}

/** Why parameters cannot be read. */
export type ParameterProblem = "too_large" | "too_many" | "too_deep" | "malformed" | "not_utf8" | "unsupported_type";

export function isParameterMap(value: ParameterValue): value is ParameterMap {
  return typeof value === "object" && value !== null && !isParameterList(value);
}

export function isParameterList(value: ParameterValue): value is readonly ParameterValue[] {
  return Array.isArray(value);
}

/** A parsed JSON value with maps that have no prototype. For values of bounded depth. */
export function parameterValueOf(json: unknown): ParameterValue {
  if (Array.isArray(json)) return json.map(parameterValueOf);
  if (typeof json === "object" && json !== null) {
    const map: Record<string, ParameterValue> = Object.create(null);
    for (const [name, value] of Object.entries(json)) map[name] = parameterValueOf(value);
    return map;
  }
  if (typeof json === "string" || typeof json === "number" || typeof json === "boolean") return json;
  return null;
}

/** How many values there are in all, an empty list or map being one. */
export function countValues(value: ParameterValue): number {
  const inner = isParameterList(value) ? value : isParameterMap(value) ? Object.values(value) : [];
  return inner.length === 0 ? 1 : inner.reduce((sum: number, part) => sum + countValues(part), 0);
}

/** Whether a text in it, name or value, holds a character that is asked for. For values of bounded depth. */
export function hasTextWith(value: ParameterValue, character: string): boolean {
  return hasText(value, (text) => text.includes(character));
}

/** Whether a text in it has half of a surrogate pair, which JSON can spell and UTF-8 cannot. For values of bounded depth. */
export function hasLoneSurrogate(value: ParameterValue): boolean {
  return hasText(value, (text) => !text.isWellFormed());
}

function hasText(value: ParameterValue, isMeant: (text: string) => boolean): boolean {
  if (typeof value === "string") return isMeant(value);
  if (isParameterList(value)) return value.some((part) => hasText(part, isMeant));
  if (!isParameterMap(value)) return false;
  return Object.entries(value).some(([name, part]) => isMeant(name) || hasText(part, isMeant));
}
