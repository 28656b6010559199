import type { MetadataStore } from "../core/ports/metadata-store.ts";
import type { FileName } from "../core/ports/package-store.ts";
import type { ChangeCounts } from "./change-counts.ts";

/** Answers kept of each kind; of a kind that has more, the older half goes. */
const entryLimit = 8192;
/** Of files more are asked for at a time: about half a KiB each. */
const fileLimit = 16_384;
/** Longer than any key of a record that exists: such a question is not kept, whoever asks it. */
const keyLimit = 1000;

/**
 * Keeps what the look-ups of every download, and of every row of a list, have found, until a record changes that one of its
 * kind may rest on. `counts` tells whether one did, in this process or another, and has to see every command that has
 * returned: an answer is never older than the caller's own read would be. What was not found is not kept: clients can make up
 * more names than memory holds.
 */
export function cacheReads(store: MetadataStore, counts: () => ChangeCounts): MetadataStore {
  const cached = <Result>(isFound: (answer: Result) => boolean, kind: keyof ChangeCounts = "access", limit = entryLimit) => {
    const answers = new Map<string | number, Result>();
    let countSeen = -1;
    return async (key: string | number, read: () => Promise<Result>): Promise<Result> => {
      if (typeof key === "string" && key.length > keyLimit) return read();
      const count = counts()[kind];
      if (count !== countSeen) {
        answers.clear();
        countSeen = count;
      }
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = await read();
      if (!isFound(answer)) return answer;
      if (answers.size >= limit) dropOlderHalf(answers);
      // A read that a change overtook may hold the older answer.
      if (counts()[kind] === count) answers.set(key, answer);
      return answer;
    };
  };
  const namespaces = cached<Awaited<ReturnType<MetadataStore["namespaces"]["find"]>>>((answer) => answer !== null);
  const standings = cached<Awaited<ReturnType<MetadataStore["namespaces"]["standing"]>>>(() => true);
  const users = cached<Awaited<ReturnType<MetadataStore["accounts"]["findById"]>>>((answer) => answer !== null);
  const files = cached<Awaited<ReturnType<MetadataStore["packages"]["findFile"]>>>((answer) => answer.found === "file", "files", fileLimit);
  const namespacesById = cached<Awaited<ReturnType<MetadataStore["tree"]["findById"]>>>((answer) => answer !== null);
  const rules = cached<Awaited<ReturnType<MetadataStore["protection"]["inForce"]>>>(() => true);
  const instance = cached<Awaited<ReturnType<MetadataStore["instance"]["read"]>>>(() => true);
  const deploySecrets = cached<Awaited<ReturnType<MetadataStore["deployTokens"]["findBySecret"]>>>((answer) => answer !== null);
  const jobSecrets = cached<Awaited<ReturnType<MetadataStore["jobTokens"]["findBySecret"]>>>((answer) => answer !== null);
  const secrets = cached<Awaited<ReturnType<MetadataStore["tokens"]["findBySecret"]>>>((answer) => answer !== null);
  const tokens = cached<Awaited<ReturnType<MetadataStore["tokens"]["findById"]>>>((answer) => answer !== null);
  return {
    ...store,
    namespaces: {
      ...store.namespaces,
      find: (path) => namespaces(`/${path}`, () => store.namespaces.find(path)),
      standing: (namespaceId, userId) =>
        standings(`${namespaceId} ${userId}`, () => store.namespaces.standing(namespaceId, userId)),
    },
    tree: {
      ...store.tree,
      findById: (namespaceId) => namespacesById(namespaceId, () => store.tree.findById(namespaceId)),
    },
    protection: {
      ...store.protection,
      inForce: (namespaceId) => rules(namespaceId, () => store.protection.inForce(namespaceId)),
    },
    instance: { ...store.instance, read: () => instance(0, () => store.instance.read()) },
    deployTokens: {
      ...store.deployTokens,
      findBySecret: (secretSha256) => deploySecrets(secretSha256, () => store.deployTokens.findBySecret(secretSha256)),
    },
    jobTokens: {
      ...store.jobTokens,
      findBySecret: (secretSha256) => jobSecrets(secretSha256, () => store.jobTokens.findBySecret(secretSha256)),
    },
    accounts: {
      ...store.accounts,
      findById: (userId) => users(userId, () => store.accounts.findById(userId)),
    },
    packages: {
      ...store.packages,
      findFile: (name) =>
        files(keyOf(name), () => store.packages.findFile(name)),
    },
    tokens: {
      ...store.tokens,
      findBySecret: (secretSha256) => secrets(secretSha256, () => store.tokens.findBySecret(secretSha256)),
      findById: (tokenId) => tokens(tokenId, () => store.tokens.findById(tokenId)),
    },
  };
}

/**
 * Unambiguous whatever characters the names hold: their lengths lead. Like every key here a text of its own: a name alone
 * could be a piece of a whole request, which it would keep in memory.
 */
function keyOf({ namespaceId, match, packageName, version, path }: FileName): string {
  return `${namespaceId} ${match} ${packageName.length} ${version.length} ${packageName}${version}${path}`;
}

/** In the order in which they were kept. */
function dropOlderHalf(answers: Map<string | number, unknown>): void {
  let excess = answers.size >> 1;
  for (const key of answers.keys()) {
    if (excess === 0) return;
    answers.delete(key);
    excess -= 1;
  }
}
