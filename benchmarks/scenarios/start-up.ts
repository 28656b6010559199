import { join } from "node:path";
import { interleave } from "../interleave.ts";
import type { Scenario } from "../scenario.ts";
import { startContender } from "../start-contender.ts";

/** The time from the beginning of the process, without npm, to its first answer. */
export const startUp: Scenario = {
  name: "start-up",
  summary: "start on an empty folder and on an existing one",
  run: async (bench) => {
    const existing = join(bench.folder, "existing");
    return [
      await interleave(bench, { id: "start-empty", title: "start on an empty folder", unit: "ms" }, [startContender(bench, join(bench.folder, "empty"), false)]),
      await interleave(bench, { id: "start-existing", title: "start on an existing folder", unit: "ms" }, [startContender(bench, existing, true)]),
    ];
  },
};
