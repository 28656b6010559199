import { parseByteRanges, type ByteRange } from "../../../src/http/byte-ranges.ts";
import { must, mustEqual, type Fuzz, type FuzzPart } from "./fuzz-part.ts";

/** What Go's http.ServeContent makes of a Range header, told slowly: with BigInt, one entry after the other. */
function slowRanges(header: string, sizeBytes: number): { kind: string; ranges?: ByteRange[] } {
  if (header === "") return { kind: "whole" };
  if (!header.startsWith("bytes=")) return { kind: "malformed" };
  const size = BigInt(sizeBytes);
  const ranges: ByteRange[] = [];
  let isSkipped = false;
  const number = (text: string): bigint | null => {
    if (!/^[-+]?[0-9]+$/.test(text)) return null;
    const value = BigInt(text.replace("+", ""));
    return value >= 2n ** 63n || value <= -(2n ** 63n) ? null : value;
  };
  for (const entry of header.slice("bytes=".length).split(",")) {
    const spec = entry.replaceAll(/^[ \t]+|[ \t]+$/g, "");
    if (spec === "") continue;
    if (!spec.includes("-")) return { kind: "malformed" };
    const first = (spec.split("-")[0] ?? "").replaceAll(/[ \t]+$/g, "");
    const last = spec.slice(spec.indexOf("-") + 1).replaceAll(/^[ \t]+/g, "");
    if (first === "") {
      const suffix = last.startsWith("-") ? null : number(last);
      if (suffix === null) return { kind: "malformed" };
      ranges.push({ start: Number(suffix > size ? 0n : size - suffix), end: sizeBytes - 1 });
      continue;
    }
    const start = number(first);
    if (start === null) return { kind: "malformed" };
    if (start >= size) {
      isSkipped = true;
      continue;
    }
    const end = last === "" ? size - 1n : number(last);
    if (end === null || end < start) return { kind: "malformed" };
    ranges.push({ start: Number(start), end: Number(end >= size ? size - 1n : end) });
  }
  if (sizeBytes === 0) return { kind: "whole" };
  if (ranges.length === 0) return { kind: isSkipped ? "no_overlap" : "whole" };
  const sum = ranges.reduce((all, { start, end }) => all + end - start + 1, 0);
  return sum > sizeBytes ? { kind: "whole" } : { kind: "ranges", ranges };
}

const headers = ["bytes=0-0", "bytes=0-99,200-", "bytes=-5", "bytes=5-2", "bytes= 1 - 2 , 4-4", "bytes=-0", "bytes=9223372036854775807-", "bytes=+1-+2", "bits=0-1", "bytes=,,"];

function tryRanges(fuzz: Fuzz): void {
  const sizeBytes = fuzz.one([0, 1, 10, 300, 2 ** 33]);
  const numbers = (): string => `${fuzz.oneIn(5) ? "" : fuzz.whole(0, 320)}-${fuzz.oneIn(5) ? "" : fuzz.whole(0, 320)}`;
  const header = fuzz.oneIn(2) ? fuzz.changed(headers) : `bytes=${fuzz.list(6, numbers).join(fuzz.one([",", ", ", " ,"]))}`;
  fuzz.note([header, sizeBytes]);
  const found = parseByteRanges(header, sizeBytes);
  if (found.kind === "ranges") {
    must(found.ranges.length > 0 && found.ranges.length <= 1000, "some ranges, and not too many");
    for (const { start, end } of found.ranges) must(start >= 0 && end < sizeBytes && end >= start - 1, "a range within the content");
  }
  const told = found.kind === "unsatisfiable" ? { kind: found.reason } : found;
  mustEqual(told, slowRanges(header, sizeBytes), "the ranges");
}

export const rangePart: FuzzPart = { name: "Range", count: 150_000, tryOne: tryRanges };
