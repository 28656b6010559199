import { arrivalFileCount, arrivalTurn } from "../arrivals.ts";
import { furtherRow, interleave, serverContender } from "../interleave.ts";
import { findPublishRate, measureMost } from "../publish-rate.ts";
import type { Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { publishEverywhere, smallFileBytes } from "../small-downloads.ts";

/** Downloads that must not wait for uploads. */
export const getWhilePublishing: Scenario = {
  name: "get-while-publishing",
  summary: "GET 10 KiB at 500/s while uploads arrive at half the rate that Stowage can take",
  run: (bench) =>
    withServers(bench, async (servers) => {
      await publishEverywhere(bench, servers, { count: arrivalFileCount, sizeBytes: smallFileBytes });
      const [stowage] = servers;
      const { mostPerSecond, halfPerSecond, source } = await findPublishRate(bench.earlierRows, () => measureMost(bench, stowage));
      const rates = { getsPerSecond: 500, putsPerSecond: halfPerSecond };
      // nginx is given the same uploads as Stowage, so that both are asked for the same.
      const contenders = servers.map((server) => {
        const numbers = { next: 0 };
        return serverContender(server, () => arrivalTurn(bench, server, { ...rates, packageName: "busy", numbers }));
      });
      const title = `GET 10 KiB at 500/s beside ${halfPerSecond} PUT/s of 10 KiB (half of Stowage's most), 99th percentile`;
      const note = `Stowage's most is ${Math.round(mostPerSecond)} PUT/s at 32 connections: ${source}`;
      const row = await interleave(bench, { id: "get-while-publishing", title, unit: "ms", note }, contenders);
      return [row, furtherRow(row, { id: "put-while-getting", title: "the same, 99th percentile of PUT", unit: "ms" }, 0)];
    }),
};
