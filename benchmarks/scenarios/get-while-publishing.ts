import { arrivalFileCount, arrivalTurn } from "../arrivals.ts";
import { furtherRow, interleave, serverContender } from "../interleave.ts";
import type { Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { publishEverywhere, smallFileBytes } from "../small-downloads.ts";
import { uploadTurn } from "../small-uploads.ts";

/** Downloads that must not wait for uploads. */
export const getWhilePublishing: Scenario = {
  name: "get-while-publishing",
  summary: "GET 10 KiB at 500/s while uploads arrive at half the rate that Stowage can take",
  run: (bench) =>
    withServers(bench, async (servers) => {
      await publishEverywhere(bench, servers, { count: arrivalFileCount, sizeBytes: smallFileBytes });
      const [stowage] = servers;
      const numbers = { next: 0 };
      await uploadTurn(bench, stowage, { connections: 32, numbers });
      const { value: most } = await uploadTurn(bench, stowage, { connections: 32, numbers });
      const rates = { getsPerSecond: 500, putsPerSecond: Math.max(1, Math.round(most / 2)) };
      // nginx is given the same uploads as Stowage, so that both are asked for the same.
      const contenders = servers.map((server) => {
        const own = { next: 0 };
        return serverContender(server, () => arrivalTurn(bench, server, { ...rates, packageName: "busy", numbers: own }));
      });
      const title = `GET 10 KiB at 500/s beside ${rates.putsPerSecond} PUT/s of 10 KiB (half of Stowage's most), 99th percentile`;
      const row = await interleave(bench, { id: "get-while-publishing", title, unit: "ms" }, contenders);
      return [row, furtherRow(row, { id: "put-while-getting", title: "the same, 99th percentile of PUT", unit: "ms" }, 0)];
    }),
};
