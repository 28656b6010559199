/** One request, as the access log tells it. */
export interface AccessRecord {
  readonly id: string;
  readonly method: string;
  /** The pattern of the route, never the path: no name and no secret of a client's gets into the log. */
  readonly route: string;
  readonly status: number;
  readonly bytes: number;
  readonly receivedBytes: number;
  readonly milliseconds: number;
  readonly actor: string | null;
  readonly address: string;
}

/** What else an operator reads: something happened, with its facts. */
export interface LogEvent {
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

/** Writes lines; never throws, never waits. */
export interface Log {
  access(record: AccessRecord): void;
  event(event: LogEvent): void;
  /** Writes what is held back. */
  flush(): void;
}

const flushAfterMs = 100;
const flushAtCharacters = 32_768;

/**
 * A log of one line for each request and event, as JSON or for a person at a terminal. Lines are handed on in batches, at
 * most 100 ms late. `nowMs` gives the time of each line.
 */
export function createLog(write: (text: string) => void, format: "json" | "text", nowMs: () => number): Log {
  let held = "";
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (held !== "") write(held);
    held = "";
  };
  const add = (line: string): void => {
    held += `${line}\n`;
    if (held.length >= flushAtCharacters) return flush();
    timer ??= setTimeout(flush, flushAfterMs);
  };
  const quote = createQuotes();
  let lastMs = NaN;
  let lastTime = "";
  const time = (): string => {
    const ms = nowMs();
    // Many requests end within the same millisecond.
    if (ms !== lastMs) lastTime = new Date(ms).toISOString();
    lastMs = ms;
    return lastTime;
  };
  return {
    access: (record) => {
      const ms = Math.round(record.milliseconds * 100) / 100;
      add(format === "json" ? accessJson(time(), record, ms, quote) : accessText(time(), record, ms));
    },
    event: ({ level, message, facts = {} }) =>
      add(format === "json" ? JSON.stringify({ time: time(), level, message, ...facts }) : eventText(time(), level, message, facts)),
    flush,
  };
}

/** Routes, actors and addresses as JSON; with more, all are made anew. */
const quotedLimit = 1024;

/** JSON of texts of which few come again and again. */
function createQuotes(): (text: string | null) => string {
  const known = new Map<string, string>();
  return (text) => {
    if (text === null) return "null";
    let quoted = known.get(text);
    if (quoted !== undefined) return quoted;
    quoted = JSON.stringify(text);
    if (known.size >= quotedLimit) known.clear();
    known.set(text, quoted);
    return quoted;
  };
}

/** Written for every request: put together by hand, which takes a third of the time. Only what others chose needs escaping. */
function accessJson(time: string, record: AccessRecord, ms: number, quote: ReturnType<typeof createQuotes>): string {
  const { id, method, route, status, bytes, receivedBytes, actor, address } = record;
  return (
    `{"time":"${time}","id":"${id}","method":"${method}","route":${quote(route)},"status":${status},"bytes":${bytes},` +
    `"receivedBytes":${receivedBytes},"actor":${quote(actor)},"address":${quote(address)},"ms":${ms}}`
  );
}

function accessText(time: string, record: AccessRecord, ms: number): string {
  const actor = record.actor === null ? "-" : oneLine(record.actor);
  return `${time} ${record.status} ${record.method} ${record.route} ${record.bytes}B ${ms}ms ${actor} ${record.id}`;
}

function eventText(time: string, level: string, message: string, facts: Readonly<Record<string, unknown>>): string {
  const details = Object.entries(facts).map(([name, value]) => `${name}=${oneLine(String(value))}`);
  return [time, level.toUpperCase(), oneLine(message), ...details].join(" ");
}

/** Control characters in a name or an error must not make a second line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, "?");
}
