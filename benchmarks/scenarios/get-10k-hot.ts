import { publishFiles } from "../published-files.ts";
import type { Scenario } from "../scenario.ts";
import { withServers } from "../servers/all-servers.ts";
import { getRow, publishEverywhere, smallFileBytes } from "../small-downloads.ts";

/** One small file that everybody wants. */
export const getHot: Scenario = {
  name: "get-10k-hot",
  summary: "GET of one 10 KiB file: anonymously, with a token, and in the manner of GitLab",
  run: (bench) =>
    withServers(bench, async (servers) => {
      const one = { count: 1, sizeBytes: smallFileBytes };
      const files = await publishEverywhere(bench, servers, one);
      const gitlabFiles = [];
      for (const server of servers) {
        const folder = server.gitlabFolderOf("files", "1.0.0");
        if (folder !== null) gitlabFiles.push(await publishFiles(bench, server, { folder, ...one }));
      }
      const title = "GET 10 KiB, one hot file";
      return [
        await getRow(bench, { id: "get-10k-hot", title: `${title}, anonymous` }, files, () => ({})),
        await getRow(bench, { id: "get-10k-hot-token", title: `${title}, token` }, files, (server) => server.tokenHeaders),
        await getRow(bench, { id: "get-10k-hot-gitlab", title: `${title}, anonymous, GitLab's path` }, gitlabFiles, () => ({})),
      ];
    }),
};
