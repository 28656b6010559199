import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const magic = 0x53544c47;
const headBytes = 24;
const kinds = [null, "write", "flush", "mark"] as const;

/** One line of the log that recorded disks keep. */
export interface DiskRecord {
  readonly kind: "write" | "flush" | "mark";
  /** Which disk; 0 for a mark. */
  readonly disk: number;
  /** Where on the disk, in bytes; the number of a mark. */
  readonly offset: number;
  readonly lengthBytes: number;
  /** Where in the log the bytes are. */
  readonly position: number;
}

/** What recorded disks were given, in order. */
export interface DiskLog {
  readonly records: readonly DiskRecord[];
  /** How many records there are up to a mark, the mark included: a power cut right after it keeps so many at most. */
  countUpTo(mark: number): number;
  /** The number of the last mark among so many records; 0 before the first one. */
  lastMarkWithin(recordCount: number): number;
  bytesOf(record: DiskRecord): Buffer;
  close(): void;
}

/** Opens a log that nobody writes to any more. Throws when it is not whole. */
export function openDiskLog(path: string): DiskLog {
  const file = openSync(path, "r");
  try {
    const records = readRecords(file);
    const ends = new Map<number, number>();
    for (const [index, { kind, offset }] of records.entries()) if (kind === "mark") ends.set(offset, index + 1);
    return {
      records,
      countUpTo: (mark) => {
        const end = ends.get(mark);
        if (end === undefined) throw new Error(`the log has no mark ${mark}`);
        return end;
      },
      lastMarkWithin: (recordCount) => records.slice(0, recordCount).findLast(({ kind }) => kind === "mark")?.offset ?? 0,
      bytesOf: ({ position, lengthBytes }) => readFully(file, position, lengthBytes),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function readRecords(file: number): DiskRecord[] {
  const { size } = fstatSync(file);
  const records: DiskRecord[] = [];
  for (let at = 0; at < size; ) {
    const head = readFully(file, at, headBytes);
    const kind = kinds[head.readUInt16LE(4)];
    if (head.readUInt32LE(0) !== magic || kind === undefined || kind === null) throw new Error(`the disk log is broken at ${at}`);
    const lengthBytes = Number(head.readBigUInt64LE(16));
    const position = at + headBytes;
    records.push({ kind, disk: head.readUInt16LE(6), offset: Number(head.readBigUInt64LE(8)), lengthBytes, position });
    at = position + lengthBytes;
  }
  return records;
}

function readFully(file: number, position: number, lengthBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(lengthBytes);
  for (let at = 0; at < lengthBytes; ) {
    const count = readSync(file, bytes, at, lengthBytes - at, position + at);
    if (count === 0) throw new Error("the disk log ends within a record");
    at += count;
  }
  return bytes;
}
