import { randomBytes } from "node:crypto";
import type { Sha256, StorageName } from "../core/domain.ts";

const shape = /^([0-9a-f]{64})\.([0-9a-f]{32})$/;

/** A random id for a new upload; 128 bits, never used twice. */
export function newStorageId(): string {
  return randomBytes(16).toString("hex");
}

/** The physical name of content under an upload's id. */
export function storageNameOf(sha256: string, id: string): StorageName {
  return `${sha256}.${id}` as StorageName;
}

/** The parts of a physical name; null for text that is none, such as a stranger's file in the folder. */
export function parseStorageName(text: string): { name: StorageName; sha256: Sha256; id: string } | null {
  const match = shape.exec(text);
  const [, sha256, id] = match ?? [];
  if (sha256 === undefined || id === undefined) return null;
  return { name: text as StorageName, sha256: sha256 as Sha256, id };
}
