import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SecretBox } from "./core/ports/secret-box.ts";
import { RegistryError } from "./core/registry-error.ts";

const algorithm = "aes-256-gcm";
const keyBytes = 32;
/** 96 bits, chosen at random: NIST SP 800-38D allows 2^32 values for one key. */
const nonceBytes = 12;
const tagBytes = 16;
/** A key in hex and its line end, with room to see that a file is longer. */
const maxFileBytes = 128;

/**
 * Opens the box whose key, 32 bytes in hex, is in a file. Without the file a key is made and is on stable storage, readable
 * by this account alone, when this returns. Throws an Error when the file cannot be read or written, holds no key, or is
 * missing although values are sealed already. The caller holds the lock on the data folder: two processes that both make
 * a key would not see each other.
 */
export function openSecretBox(keyFile: string, hasSealedValues: boolean): SecretBox {
  const text = readKeyFile(keyFile);
  if (text !== null) return createSecretBox(parseKey(text, keyFile));
  if (hasSealedValues)
    throw new Error(`the key file ${keyFile} is missing, and values in the database are sealed with its key: restore it from a backup`);
  const key = randomBytes(keyBytes);
  writeKeyFile(keyFile, `${key.toString("hex")}\n`);
  return createSecretBox(key);
}

/**
 * A box over a key of 32 bytes. What it seals reads `v1.<key fingerprint>.<nonce>.<ciphertext and tag>`: AES-256-GCM, the
 * last two in base64url. Throws a RangeError for a key of another length.
 */
export function createSecretBox(key: Buffer): SecretBox {
  if (key.byteLength !== keyBytes) throw new RangeError(`the key must have ${keyBytes} bytes`);
  const fingerprint = createHmac("sha256", key).update("stowage secret box fingerprint").digest("hex").slice(0, 8);
  const version = `v1.${fingerprint}`;
  return {
    seal: (text, context) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(associated(version, context));
      const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${version}.${nonce.toString("base64url")}.${encrypted.toString("base64url")}`;
    },
    open: (sealed, context) => {
      const { nonce, encrypted } = parseSealed(sealed, fingerprint);
      const end = encrypted.byteLength - tagBytes;
      try {
        const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(associated(version, context));
        decipher.setAuthTag(encrypted.subarray(end));
        return Buffer.concat([decipher.update(encrypted.subarray(0, end)), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new RegistryError("secret_unreadable", "a sealed value was changed, or belongs elsewhere", { cause });
      }
    },
  };
}

function associated(version: string, context: string): Buffer {
  return Buffer.from(`${version}\n${context}`, "utf8");
}

function parseSealed(sealed: string, fingerprint: string) {
  const [version, sealedBy = "", nonceText = "", encryptedText = "", ...more] = sealed.split(".", 5);
  const nonce = fromBase64Url(nonceText);
  const encrypted = fromBase64Url(encryptedText);
  const isSealed = version === "v1" && /^[0-9a-f]{8}$/.test(sealedBy) && more.length === 0;
  if (!isSealed || nonce?.byteLength !== nonceBytes || encrypted === null || encrypted.byteLength < tagBytes)
    throw new RegistryError("secret_unreadable", "a sealed value was changed: it is no sealed value any more");
  if (sealedBy !== fingerprint)
    throw new RegistryError(
      "secret_unreadable",
      `a value is sealed with the key ${sealedBy}, and the key file holds ${fingerprint}: restore the key file that belongs to the database`,
    );
  return { nonce, encrypted };
}

/** Null for a text that is not the one way to write its bytes. */
function fromBase64Url(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : null;
}

function parseKey(text: string, keyFile: string): Buffer {
  if (!/^[0-9a-fA-F]{64}\r?\n?$/.test(text))
    throw new Error(`the key file ${keyFile} holds no key: it must be ${2 * keyBytes} hexadecimal digits; restore it from a backup`);
  return Buffer.from(text.trimEnd(), "hex");
}

/** Null where there is no file. */
function readKeyFile(keyFile: string): string | null {
  let file: number;
  try {
    file = openSync(keyFile, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
  try {
    const content = Buffer.alloc(maxFileBytes);
    return content.toString("latin1", 0, readSync(file, content, 0, maxFileBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** The file appears whole or not at all: a key cut short by a crash would lock out the next start. */
function writeKeyFile(keyFile: string, text: string): void {
  const draft = `${keyFile}.${randomBytes(6).toString("hex")}.new`;
  try {
    const file = openSync(draft, "wx", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, keyFile);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  const folder = openSync(dirname(keyFile), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
