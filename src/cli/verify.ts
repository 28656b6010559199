import { verifyStores } from "../core/maintenance/verify-stores.ts";
import { jsonFlag, type Call, type Command } from "./command.ts";
import { withDataFolder, whileUnserved } from "./data-folder.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { graceMsOf } from "./flag-values.ts";
import { textColumns } from "./text-columns.ts";

/** `stowage verify`. */
export const verify: Command = {
  words: "verify",
  names: [],
  flags: [
    jsonFlag,
    { name: "grace-seconds", value: "N", meaning: "Age from which an object without a record is a problem (default: the setting gc-grace-seconds)" },
  ],
  summary: "Re-read every stored file and check every record",
  details: "Works while a server runs. Exit code 1 when anything is wrong.",
  run,
};

async function run(call: Call): Promise<ExitCode> {
  const graceMs = graceMsOf(call, 0);
  const isServerRunning = async (): Promise<boolean> => (await whileUnserved(call.config, async () => true)) === null;
  const found = await withDataFolder(call.config, async (folder) =>
    verifyStores(folder, { graceMs, isServerRunning: await isServerRunning() }),
  );
  // A server that started while this ran owns what is in staging by now.
  const isOwned = found.problems.some((problem) => problem.kind === "staging_left_over") && (await isServerRunning());
  const report = isOwned ? { ...found, problems: found.problems.filter((problem) => problem.kind !== "staging_left_over") } : found;
  const isSound = report.problems.length === 0;
  if (call.flags.has("json")) call.print(JSON.stringify({ ok: isSound, ...report }));
  else {
    const rows = [
      ["files stored", String(report.blobs)],
      ["bytes stored", String(report.bytes)],
      ["young objects", String(report.youngObjects)],
      ["uploads in staging", String(report.stagingEntries)],
      ["problems", String(report.problems.length)],
    ];
    call.print([...textColumns(rows, ""), ...report.problems.map(({ kind, detail }) => `${kind}: ${detail}`)].join("\n"));
  }
  return isSound ? exitCodes.done : exitCodes.refused;
}
