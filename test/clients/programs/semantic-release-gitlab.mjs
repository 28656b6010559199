// Runs steps of @semantic-release/gitlab as semantic-release does and prints what each gave, or how it failed.
// The one argument is JSON: { steps: ["verifyConditions", "publish"], config, context }.
const { steps, config, context } = JSON.parse(process.argv[2] ?? "");
const plugin = await import("@semantic-release/gitlab");

const log = [];
const write = (...words) => log.push(words.map(String).join(" "));
const logger = { log: write, error: write, success: write, warn: write };

const outcomes = [];
for (const step of steps) {
  try {
    outcomes.push({ step, value: (await plugin[step](config, { ...context, logger })) ?? null });
  } catch (error) {
    outcomes.push({ step, errors: [...(error.errors ?? [error])].map(({ code, message }) => ({ code: code ?? null, message })) });
    break;
  }
}
process.stdout.write(JSON.stringify({ outcomes, log }));
