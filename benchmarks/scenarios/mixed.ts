import { arrivalFileCount, arrivalTurn } from "../arrivals.ts";
import { furtherRow, interleave, serverContender } from "../interleave.ts";
import type { Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { publishEverywhere, smallFileBytes } from "../small-downloads.ts";

/** Nine downloads for each upload, arriving at a fixed rate whatever the server does. */
export const mixed: Scenario = {
  name: "mixed",
  summary: "90 % GET and 10 % PUT of 10 KiB at 1,000 requests/s, latency from the intended time",
  run: (bench) =>
    withServers(bench, async (servers) => {
      await publishEverywhere(bench, servers, { count: arrivalFileCount, sizeBytes: smallFileBytes });
      const rates = { getsPerSecond: 900, putsPerSecond: 100 };
      const contenders = servers.map((server) => {
        const numbers = { next: 0 };
        return serverContender(server, () => arrivalTurn(bench, server, { ...rates, packageName: "mixed", numbers }));
      });
      const title = "mixed 90/10 at 1,000/s, 10 KiB, 99th percentile of";
      const row = await interleave(bench, { id: "mixed-get", title: `${title} GET`, unit: "ms" }, contenders);
      return [row, furtherRow(row, { id: "mixed-put", title: `${title} PUT`, unit: "ms" }, 0)];
    }),
};
