import type { Digests, Sha256 } from "../core/domain.ts";
import type { StageBounds } from "../core/ports/blob-store.ts";
import { RegistryError } from "../core/registry-error.ts";
import type { SpaceClaim } from "./free-space.ts";

/** Where the bytes of an upload go while they are hashed. */
export interface ContentTarget {
  /** Null where there is nothing to wait for. The bytes may be changed when it returns. */
  append(bytes: Uint8Array): Promise<void> | null;
}

/**
 * Up to this size a content is small: all its digests are taken on the way, which spares reading it again, it is written at
 * once, and it is read at once and kept for a while.
 */
export const smallContentBytes = 64 * 1024;

/**
 * Reads an upload to its end, hashing every byte that is passed on. Throws `upload_too_large` as soon as the bound is
 * passed, `storage_full` as soon as there is no room for more, `body_incomplete` when the sender was cut off or its length
 * differs from the one announced.
 */
export async function stageContent(
  content: AsyncIterable<Uint8Array>,
  bounds: StageBounds,
  target: ContentTarget,
  space?: SpaceClaim,
): Promise<{ sha256: Sha256; sizeBytes: number; digests: Digests | null }> {
  const hash = new Bun.CryptoHasher("sha256");
  let further: ReturnType<typeof furtherHashers> | null = (bounds.expectedBytes ?? 0) > smallContentBytes ? null : furtherHashers();
  let sizeBytes = 0;
  for await (const chunk of readOrThrow(content)) {
    sizeBytes += chunk.byteLength;
    if (bounds.maxBytes !== null && sizeBytes > bounds.maxBytes)
      throw new RegistryError("upload_too_large", `upload exceeds the limit of ${bounds.maxBytes} bytes`, {
        limit: bounds.maxBytes,
      });
    // Awaited only where there is something to wait for: a turn of the event loop for each chunk would be felt.
    const covered = space?.cover(sizeBytes) ?? null;
    if (covered !== null) await covered;
    hash.update(chunk);
    if (sizeBytes > smallContentBytes) further = null;
    if (further !== null) for (const hasher of Object.values(further)) hasher.update(chunk);
    const appended = target.append(chunk);
    if (appended !== null) await appended;
  }
  if (bounds.expectedBytes !== null && bounds.expectedBytes !== sizeBytes)
    throw new RegistryError("body_incomplete", `the body has ${sizeBytes} bytes, ${bounds.expectedBytes} were announced`);
  const digests = further === null ? null : { md5: further.md5.digest("hex"), sha1: further.sha1.digest("hex"), sha512: further.sha512.digest("hex") };
  return { sha256: hash.digest("hex") as Sha256, sizeBytes, digests };
}

function furtherHashers() {
  return { md5: new Bun.CryptoHasher("md5"), sha1: new Bun.CryptoHasher("sha1"), sha512: new Bun.CryptoHasher("sha512") };
}

/** The content, with whatever its source throws turned into a refusal of this upload. */
async function* readOrThrow(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw new RegistryError("body_incomplete", "the body ended before it was complete", { cause: error });
  }
}
