import { join } from "node:path";
import { interleave, type Contender } from "../interleave.ts";
import type { Scenario } from "../scenario.ts";
import { buildStowage, stowageFromSource } from "../servers/stowage.ts";
import { startContender } from "../start-contender.ts";

/**
 * The time from the beginning of the process, without npm, to its first answer: of the executable, which is what is
 * installed and what the targets are for, and beside it from source.
 */
export const startUp: Scenario = {
  name: "start-up",
  summary: "start on an empty folder and on an existing one, of the executable and from source",
  run: async (bench) => {
    bench.say("the executable is built ...");
    const executable = buildStowage(join(bench.folder, "stowage"));
    const both = (place: string, keepFolder: boolean): readonly Contender[] => [
      startContender(bench, { program: executable, folder: join(bench.folder, `${place}-executable`), keepFolder }),
      startContender(bench, { program: stowageFromSource, folder: join(bench.folder, `${place}-source`), keepFolder }, "from source"),
    ];
    return [
      await interleave(bench, { id: "start-empty", title: "start of the executable on an empty folder", unit: "ms" }, both("empty", false)),
      await interleave(bench, { id: "start-existing", title: "start of the executable on an existing folder", unit: "ms" }, both("existing", true)),
    ];
  },
};
