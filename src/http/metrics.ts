/** A number that only grows, or a level, with labels. */
export interface Counter {
  add(labels: Readonly<Record<string, string>>, amount?: number): void;
}

export interface Histogram {
  observe(labels: Readonly<Record<string, string>>, value: number): void;
}

/** Metrics of this process, in the text format of Prometheus (version 0.0.4). */
export interface Metrics {
  counter(name: string, help: string): Counter;
  /** Asked for when the metrics are read. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void;
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  render(): Promise<string>;
}

export function createMetrics(): Metrics {
  const families: (() => Promise<string>)[] = [];
  return {
    counter: (name, help) => {
      const values = new Map<string, number>();
      families.push(async () => head(name, help, "counter") + lines(name, values));
      return {
        add: (labels, amount = 1) => {
          const key = labelText(labels);
          values.set(key, (values.get(key) ?? 0) + amount);
        },
      };
    },
    gauge: (name, help, read) => {
      families.push(async () => `${head(name, help, "gauge")}${name} ${await read()}\n`);
    },
    histogram: (name, help, bounds) => {
      const series = new Map<string, { readonly counts: number[]; sum: number; total: number }>();
      families.push(async () => {
        let text = head(name, help, "histogram");
        for (const [labels, { counts, sum, total }] of series) {
          for (const [index, bound] of bounds.entries())
            text += `${name}_bucket{${join(labels, `le="${bound}"`)}} ${counts[index] ?? 0}\n`;
          text += `${name}_bucket{${join(labels, 'le="+Inf"')}} ${total}\n`;
          text += `${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${total}\n`;
        }
        return text;
      });
      return {
        observe: (labels, value) => {
          const key = labelText(labels);
          const entry = series.get(key) ?? { counts: bounds.map(() => 0), sum: 0, total: 0 };
          series.set(key, entry);
          for (const [index, bound] of bounds.entries()) if (value <= bound) entry.counts[index] = (entry.counts[index] ?? 0) + 1;
          entry.sum += value;
          entry.total += 1;
        },
      };
    },
    render: async () => (await Promise.all(families.map((family) => family()))).join(""),
  };
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function lines(name: string, values: ReadonlyMap<string, number>): string {
  let text = "";
  for (const [labels, value] of values) text += labels === "" ? `${name} ${value}\n` : `${name}{${labels}} ${value}\n`;
  return text;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (sign) => (sign === "\n" ? String.raw`\n` : `\\${sign}`))}"`)
    .join(",");
}

function join(labels: string, more: string): string {
  return labels === "" ? more : `${labels},${more}`;
}
