import type { Content } from "./fault-content.ts";

/** What a name may hold: a content, or null for nothing. */
type Holding = Content | null;

/** A request that nobody answered. */
type Pending = { readonly kind: "upload"; readonly content: Content } | { readonly kind: "delete" };

/** One name and everything that the server's answers allow it to hold. */
export interface JournalEntry {
  readonly path: string;
  /** More than one as long as a request is unanswered. */
  possible: readonly Holding[];
  pending: Pending | null;
}

/** What was read under a name. */
export type Reading =
  | { readonly kind: "content"; readonly sha256: string; readonly sizeBytes: number }
  | { readonly kind: "absent" }
  | { readonly kind: "other"; readonly status: number };

/** A promise that was broken. */
export interface Violation {
  readonly kind:
    | "acknowledged file lost"
    | "acknowledged delete undone"
    | "wrong bytes"
    | "unexpected answer"
    | "broken connection"
    | "retry refused"
    | "staging not empty"
    | "slow start"
    | "fault reported"
    | "damaged stores"
    | "not mountable"
    | "start refused"
    | "wrong list";
  readonly detail: string;
}

/** Compares what was read with what the answers allow; null when it is allowed. */
export function judge({ path, possible }: JournalEntry, reading: Reading): Violation | null {
  const allowed = possible.map((holding) => holding?.sha256.slice(0, 12) ?? "nothing").join(" or ");
  const detail = `${path}: ${describeReading(reading)}, allowed: ${allowed}`;
  switch (reading.kind) {
    case "other":
      return { kind: possible.includes(null) ? "unexpected answer" : "acknowledged file lost", detail };
    case "absent":
      return possible.includes(null) ? null : { kind: "acknowledged file lost", detail };
    case "content": {
      const contents = possible.filter((holding) => holding !== null);
      if (contents.length === 0) return { kind: "acknowledged delete undone", detail };
      const isWhole = contents.some(({ sha256, sizeBytes }) => sha256 === reading.sha256 && sizeBytes === reading.sizeBytes);
      return isWhole ? null : { kind: "wrong bytes", detail };
    }
  }
}

function describeReading(reading: Reading): string {
  switch (reading.kind) {
    case "absent":
      return "holds nothing";
    case "content":
      return `holds ${reading.sizeBytes} bytes ${reading.sha256.slice(0, 12)}`;
    case "other":
      return `answers ${reading.status}`;
  }
}
