/** A number that only grows. `labels` gives the handle of one series, to be kept by whoever uses it often. */
export interface Counter {
  labels(labels: Readonly<Record<string, string>>): { add(amount: number): void };
}

export interface Histogram {
  labels(labels: Readonly<Record<string, string>>): { observe(value: number): void };
}

/** Metrics of this process, in the text format of Prometheus (version 0.0.4). */
export interface Metrics {
  counter(name: string, help: string): Counter;
  /**
   * Asked for when the metrics are read, once at a time. One that throws, or takes too long, is left out of the answer and
   * counted in `stowage_unread_gauges_total`: the others are told all the same.
   */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  render(): Promise<string>;
}

/** Prometheus waits ten seconds for all of them. */
const gaugeTimeoutMs = 5000;

/** Metrics without any series yet; `timeoutMs` is how long one gauge is waited for. */
export function createMetrics(timeoutMs = gaugeTimeoutMs): Metrics {
  const families: (() => Promise<string>)[] = [];
  const unread = new Map<string, number>();
  const unreadName = "stowage_unread_gauges_total";
  const renderUnread = (): string => {
    let text = head(unreadName, "Gauges that could not be read, or not in time, and were left out of the metrics.", "counter");
    for (const [name, count] of unread) text += `${unreadName}{gauge="${name}"} ${count}\n`;
    return text;
  };
  return {
    counter: (name, help) => {
      const series = new Map<string, { value: number }>();
      families.push(async () => {
        let text = head(name, help, "counter");
        for (const [labels, { value }] of series) text += labels === "" ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
        return text;
      });
      return {
        labels: (labels) => {
          const entry = entryOf(series, labelText(labels), () => ({ value: 0 }));
          return {
            add: (amount) => {
              entry.value += amount;
            },
          };
        },
      };
    },
    gauge: (name, help, read) => {
      let reading: Promise<number> | null = null;
      const readOnce = async (): Promise<number> => {
        // One that takes longer than its reader waits is not begun again by the next one.
        reading ??= Promise.try(read).finally(() => {
          reading = null;
        });
        return reading;
      };
      families.push(async () => {
        const value = await valueInTime(readOnce(), timeoutMs);
        if (value === null) unread.set(name, (unread.get(name) ?? 0) + 1);
        return value === null ? "" : `${head(name, help, "gauge")}${name} ${value}\n`;
      });
    },
    histogram: (name, help, bounds) => {
      /** Counts are of one bucket alone; they are added up when they are read. */
      const series = new Map<string, { readonly counts: number[]; sum: number; total: number }>();
      families.push(async () => {
        let text = head(name, help, "histogram");
        for (const [labels, { counts, sum, total }] of series) {
          let below = 0;
          for (const [index, bound] of bounds.entries()) {
            below += counts[index] ?? 0;
            text += `${name}_bucket{${join(labels, `le="${bound}"`)}} ${below}\n`;
          }
          text += `${name}_bucket{${join(labels, 'le="+Inf"')}} ${total}\n`;
          const braced = labels === "" ? "" : `{${labels}}`;
          text += `${name}_sum${braced} ${sum}\n${name}_count${braced} ${total}\n`;
        }
        return text;
      });
      return {
        labels: (labels) => {
          const entry = entryOf(series, labelText(labels), () => ({ counts: bounds.map(() => 0), sum: 0, total: 0 }));
          return {
            observe: (value) => {
              const bucket = bounds.findIndex((bound) => value <= bound);
              if (bucket !== -1) entry.counts[bucket] = (entry.counts[bucket] ?? 0) + 1;
              entry.sum += value;
              entry.total += 1;
            },
          };
        },
      };
    },
    render: async () => (await Promise.all(families.map((family) => family()))).join("") + renderUnread(),
  };
}

/** Null where it fails, or comes later. */
async function valueInTime(value: Promise<number>, timeoutMs: number): Promise<number | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), timeoutMs);
  try {
    return await Promise.race([value, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function entryOf<Entry>(series: Map<string, Entry>, key: string, create: () => Entry): Entry {
  const known = series.get(key);
  if (known !== undefined) return known;
  const entry = create();
  series.set(key, entry);
  return entry;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (sign) => (sign === "\n" ? String.raw`\n` : `\\${sign}`))}"`)
    .join(",");
}

function join(labels: string, more: string): string {
  return labels === "" ? more : `${labels},${more}`;
}
