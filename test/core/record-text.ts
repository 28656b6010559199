import type { BlobRecord } from "../../src/core/domain.ts";
import type { Stores } from "../../src/open-stores.ts";
import { addGroup, publish } from "../contracts/metadata-store/records.ts";

/** Publishes a text under its own name, without its digests, as large contents are recorded. */
export async function recordText(stores: Pick<Stores, "metadata" | "blobs">, text: string): Promise<BlobRecord> {
  const group = (await stores.metadata.namespaces.find("texts")) ?? (await addGroup(stores.metadata, "texts"));
  const staged = await stores.blobs.stage(new Blob([text]).stream(), { maxBytes: null, expectedBytes: null });
  await stores.blobs.place(staged);
  const { file } = await publish(stores.metadata, group.id, { path: text, blob: { ...staged, digests: null } });
  const blob = await stores.metadata.blobs.findByStorageName(file.storageName);
  if (blob === null) throw new Error("the blob was not recorded");
  return blob;
}
