import type { Content } from "./fault-content.ts";
import type { JournalEntry } from "./fault-journal.ts";

/** What happened to one name, and when: the number of the mark that was made at that moment. */
interface JournalEvent {
  readonly mark: number;
  readonly path: string;
  readonly kind: "upload sent" | "upload stored" | "delete sent" | "deleted" | "not known";
  readonly content: Content | null;
}

/** What clients did, each step tied to a mark in the log of the disks, so that it can be told what was answered before a cut. */
export interface PowerCutJournal {
  /** Notes a step that is about to be taken, or has just been answered; the mark that it made. */
  note(kind: JournalEvent["kind"], path: string, content?: Content | null): number;
  /** What each name may hold when the power goes right after this mark. */
  stateAt(mark: number): readonly JournalEntry[];
}

/** `mark` makes the next mark and gives its number. */
export function createPowerCutJournal(mark: () => number): PowerCutJournal {
  const events: JournalEvent[] = [];
  return {
    note: (kind, path, content = null) => {
      const event = { mark: mark(), path, kind, content };
      events.push(event);
      return event.mark;
    },
    stateAt: (last) => {
      const entries = new Map<string, JournalEntry>();
      for (const event of events) {
        if (event.mark > last) break;
        const entry = entries.get(event.path) ?? { path: event.path, possible: [null], pending: null };
        entries.set(event.path, entry);
        apply(entry, event);
      }
      return [...entries.values()];
    },
  };
}

function apply(entry: JournalEntry, { kind, content }: JournalEvent): void {
  switch (kind) {
    case "upload sent":
      if (content === null) throw new Error("an upload has a content");
      entry.possible = [...entry.possible, content];
      entry.pending = { kind: "upload", content };
      return;
    case "delete sent":
      entry.possible = [...entry.possible, null];
      entry.pending = { kind: "delete" };
      return;
    case "upload stored":
    case "deleted":
      entry.possible = [content];
      entry.pending = null;
      return;
    case "not known":
      return;
  }
}
