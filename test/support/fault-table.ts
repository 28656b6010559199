import type { ErrorName } from "./fault-gate.ts";

/** What is to be seen for each error at a step. */
type ExpectedRow = Readonly<Partial<Record<ErrorName, string>>>;

/** Tries every error at every step of a table, in its order, and shows what was seen in the table's own shape. */
export async function tryTable<Step extends object>(
  table: Readonly<Record<string, Step & { readonly expected: ExpectedRow }>>,
  tryStep: (step: Step, error: ErrorName) => Promise<string>,
): Promise<{ readonly seen: Record<string, ExpectedRow>; readonly wanted: Record<string, ExpectedRow>; readonly cells: number }> {
  const seen: Record<string, Partial<Record<ErrorName, string>>> = {};
  for (const [name, step] of Object.entries(table)) {
    const row: Partial<Record<ErrorName, string>> = {};
    for (const error of Object.keys(step.expected) as ErrorName[]) row[error] = await tryStep(step, error);
    seen[name] = row;
  }
  console.table(seen);
  const wanted = Object.fromEntries(Object.entries(table).map(([name, { expected }]) => [name, expected]));
  return { seen, wanted, cells: Object.values(seen).flatMap(Object.keys).length };
}
