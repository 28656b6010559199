/** What every answer carries: browsers neither guess a type nor show it in a frame of somebody else's. */
const standard = [
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "SAMEORIGIN"],
] as const;

/** Adds them; those that are there already are taken for complete. */
export function addStandardHeaders(headers: Headers): void {
  if (headers.has("x-frame-options")) return;
  for (const [name, value] of standard) headers.set(name, value);
}
