/** The boundary of a multipart/form-data type (1 to 70 characters, RFC 2046 section 5.1.1); null without a usable one. */
export function boundaryOf(contentType: string): string | null {
  if (!/^[ \t]*multipart\/form-data[ \t]*(?:;|$)/i.test(contentType)) return null;
  const boundary = parametersOf(contentType).get("boundary") ?? "";
  return /^[\x20-\x7e]{0,69}[\x21-\x7e]$/.test(boundary) ? boundary : null;
}

/** The parameters of Content-Disposition in a part's headers (RFC 7578 section 4.2), by lower-case name. */
export function dispositionOf(headers: string): ReadonlyMap<string, string> {
  const unfolded = headers.replace(/\r\n[ \t]+/g, " ");
  return parametersOf(/(?:^|\r\n)content-disposition[ \t]*:([^\r\n]*)/i.exec(unfolded)?.[1] ?? "");
}

/** The `; name=value` and `; name="value"` after the first word; the first of a name counts. */
function parametersOf(value: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  const parameter = /[ \t]*;[ \t]*(?:([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*)))?/y;
  const start = value.indexOf(";");
  parameter.lastIndex = start === -1 ? value.length : start;
  for (let found = parameter.exec(value); found !== null; found = parameter.exec(value)) {
    const name = found[1]?.toLowerCase();
    if (name === undefined || parameters.has(name)) continue;
    parameters.set(name, found[2]?.replace(/\\(.)/g, "$1") ?? found[3] ?? "");
  }
  return parameters;
}
