import type { MetadataStore } from "../core/ports/metadata-store.ts";

/** Answers kept of each kind; a kind that has more starts anew. */
const entryLimit = 8192;

/**
 * Keeps the answers of the look-ups that every download makes, until any record changes. `changeCount` tells whether one
 * did, in this process or another, and has to see every command that has returned: an answer is never older than the
 * caller's own read would be.
 */
export function cacheReads(store: MetadataStore, changeCount: () => number): MetadataStore {
  let countSeen = -1;
  const kinds: Map<string, unknown>[] = [];

  const cached = <Result>(): ((key: string, read: () => Promise<Result>) => Promise<Result>) => {
    const answers = new Map<string, Result>();
    kinds.push(answers);
    return async (key, read) => {
      const count = changeCount();
      if (count !== countSeen) {
        for (const kind of kinds) kind.clear();
        countSeen = count;
      }
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = await read();
      if (answers.size >= entryLimit) answers.clear();
      // A read that a change overtook may hold the older answer.
      if (changeCount() === count) answers.set(key, answer);
      return answer;
    };
  };
  const namespaces = cached<Awaited<ReturnType<MetadataStore["namespaces"]["find"]>>>();
  const standings = cached<Awaited<ReturnType<MetadataStore["namespaces"]["standing"]>>>();
  const files = cached<Awaited<ReturnType<MetadataStore["packages"]["findFile"]>>>();
  const secrets = cached<Awaited<ReturnType<MetadataStore["tokens"]["findBySecret"]>>>();
  return {
    ...store,
    namespaces: {
      ...store.namespaces,
      find: (path) => namespaces(path, () => store.namespaces.find(path)),
      standing: (namespaceId, userId) =>
        standings(`${namespaceId} ${userId}`, () => store.namespaces.standing(namespaceId, userId)),
    },
    packages: {
      ...store.packages,
      findFile: (name) =>
        files(keyOf([name.namespaceId, name.match, name.packageName, name.version, name.path]), () =>
          store.packages.findFile(name),
        ),
    },
    tokens: {
      ...store.tokens,
      findBySecret: (secretSha256) => secrets(secretSha256, () => store.tokens.findBySecret(secretSha256)),
    },
  };
}

/** Unambiguous whatever characters the parts hold: each is led by its length. */
function keyOf(parts: readonly (string | number)[]): string {
  let key = "";
  for (const part of parts) key += `${String(part).length}:${part}`;
  return key;
}
