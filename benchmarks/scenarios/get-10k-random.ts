import type { Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { getRow, publishEverywhere, smallFileBytes } from "../small-downloads.ts";

/** Many small files, none of them more wanted than another. */
export const getRandom: Scenario = {
  name: "get-10k-random",
  summary: "GET of 10,000 files of 10 KiB at random, anonymously and with a token",
  run: (bench) =>
    withServers(bench, async (servers) => {
      const count = bench.isQuick ? 500 : 10_000;
      const files = await publishEverywhere(bench, servers, { count, sizeBytes: smallFileBytes });
      const title = `GET 10 KiB, ${count.toLocaleString("en")} files at random`;
      return [
        await getRow(bench, { id: "get-10k-random", title: `${title}, anonymous` }, files, () => ({})),
        await getRow(bench, { id: "get-10k-random-token", title: `${title}, token` }, files, (server) => server.tokenHeaders),
      ];
    }),
};
