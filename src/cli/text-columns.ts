/** Rows as indented lines whose columns stand below each other. */
export function textColumns(rows: readonly (readonly string[])[], indent = "  "): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) => (indent + row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")).trimEnd());
}
