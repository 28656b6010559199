/**
 * What every load generator does: takes its task as JSON in its first argument, prints its result as one line of JSON.
 * An error ends the process with 1 and its message on the standard error.
 */
export async function answerSpec<Spec, Result>(run: (spec: Spec) => Promise<Result>): Promise<void> {
  const spec: Spec = JSON.parse(process.argv[2] ?? "null");
  try {
    const result = await run(spec);
    process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
  }
}
