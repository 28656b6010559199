import { collectGarbage } from "../core/maintenance/collect-garbage.ts";
import { jsonFlag, type Call, type Command } from "./command.ts";
import { withDataFolder, whileUnserved } from "./data-folder.ts";
import { exitCodes, type ExitCode } from "./exit-code.ts";
import { graceMsOf } from "./flag-values.ts";
import { textColumns } from "./text-columns.ts";

/** Under an hour, a slow upload could be taken for an abandoned one. */
const leastGraceSeconds = 3600;

/** `stowage gc`. */
export const gc: Command = {
  words: "gc",
  names: [],
  flags: [
    jsonFlag,
    { name: "grace-seconds", value: "N", meaning: `Age that unreferenced contents reach before they are removed, at least ${leastGraceSeconds} (default: the setting gc-grace-seconds)` },
  ],
  summary: "Remove stored contents that no file names any more",
  details: "Works while a server runs; what stands in staging is removed only while none does.",
  run,
};

async function run(call: Call): Promise<ExitCode> {
  const graceMs = graceMsOf(call, leastGraceSeconds);
  const report = await withDataFolder(call.config, async (folder) => {
    // The folder is free again before the long part, so that a server may start: collection does not need it alone.
    const stagingEntries = await whileUnserved(call.config, () => folder.blobs.staging("empty"));
    return { ...(await collectGarbage(folder, { graceMs })), stagingEntries };
  });
  if (call.flags.has("json")) call.print(JSON.stringify(report));
  else {
    const rows = [
      ["contents removed", String(report.unreferencedBlobs)],
      ["objects without a record removed", String(report.unrecordedObjects)],
      ["bytes freed", String(report.freedBytes)],
      ["empty packages removed", String(report.emptyPackages)],
      ["uploads removed from staging", report.stagingEntries === null ? "none, a server is running" : String(report.stagingEntries)],
    ];
    call.print(textColumns(rows, "").join("\n"));
  }
  return exitCodes.done;
}
