import type { HashAlgorithm } from "../ports/blob-store.ts";
import { RegistryError } from "../registry-error.ts";

/** What a sender says that its bytes hash to. */
export interface ExpectedDigest {
  readonly algorithm: HashAlgorithm;
  /** Lower-case hexadecimal. */
  readonly hex: string;
  /** Where the sender said it, for the refusal. */
  readonly source: string;
}

/**
 * Compares content with what its sender said of it. Only the algorithms that were named are computed; SHA-256 is known
 * from staging. `mismatch` is asked after the content was read to its end: the refusal (`digest_mismatch`), or null.
 */
export function createDigestCheck(expected: readonly ExpectedDigest[]) {
  const extra = new Map<HashAlgorithm, Bun.CryptoHasher>();
  for (const { algorithm } of expected)
    if (algorithm !== "sha256") extra.set(algorithm, new Bun.CryptoHasher(algorithm));
  return {
    watch: (content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => (extra.size === 0 ? content : hashed(content, extra)),
    mismatch: (sha256: string): RegistryError | null => {
      const found = new Map<HashAlgorithm, string>([["sha256", sha256]]);
      for (const [algorithm, hasher] of extra) found.set(algorithm, hasher.digest("hex"));
      const wrong = expected.find(({ algorithm, hex }) => found.get(algorithm) !== hex);
      if (wrong === undefined) return null;
      return new RegistryError("digest_mismatch", `the content does not match ${wrong.source}`, { subject: wrong.source });
    },
  };
}

async function* hashed(
  content: AsyncIterable<Uint8Array>,
  hashers: ReadonlyMap<HashAlgorithm, Bun.CryptoHasher>,
): AsyncIterable<Uint8Array> {
  for await (const chunk of content) {
    for (const hasher of hashers.values()) hasher.update(chunk);
    yield chunk;
  }
}
