import type { Circumstances } from "./machine.ts";
import { clientCpuShareOf, othersCpuShareOf, ratioOf, serverCpuOf, valuesOf, type Row } from "./row.ts";
import type { Summary } from "./statistics.ts";
import { judge, judgeMemory, memoryTargetMiB } from "./targets.ts";

/** All that a run found. */
export interface Results {
  readonly circumstances: Circumstances;
  readonly pairs: number;
  readonly secondsPerTurn: number;
  readonly isQuick: boolean;
  /** Names of the scenarios that came to an end, also of those that failed. Files of older runs do not tell. */
  readonly scenarios?: readonly string[];
  /** Programs of the same kind that were measured too. */
  readonly peers: readonly string[];
  readonly rows: readonly Row[];
  /** Scenarios that ended with an error, as when a server failed a request. */
  readonly failures: readonly { readonly scenario: string; readonly message: string }[];
}

/** From here on the generator had little left to give: the server may be faster than the figure. */
const busyClientShare = 0.9;

/** From here on a row says that other programs, or the kernel in nobody's name, had their part in it. */
const disturbingShare = 0.15;

/** The results as a table in Markdown, with what has to be known to read it. */
export function resultTable(results: Results): string {
  const { circumstances, rows } = results;
  const lines = [
    `Measured on ${circumstances.date}, commit ${circumstances.commit}: ${circumstances.machine}; ${circumstances.programs}; load average before the start ${circumstances.loadAverage}. ` +
      `Medians of ${results.pairs} turns each (those under load of ${results.secondsPerTurn} s), taken alternately${results.isQuick ? " (quick mode: small files and stores, figures mean little)" : ""}, with their range in brackets. ` +
      `${results.peers.length === 0 ? "No Gitea or Forgejo was installed to compare with." : `Peers: ${results.peers.join(", ")}.`}`,
    "",
    "| scenario | Stowage | compared with | ratio | target | processor time per request, Stowage / other | most memory | notes |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map(tableLine),
    "",
    ...results.failures.map(({ scenario, message }) => `**${scenario} could not be measured**: ${message.replaceAll(/\s+/g, " ")}\n`),
    `Memory is to stay below ${memoryTargetMiB} MiB in every scenario. ` +
      "*generator at its limit*: the load generator used nearly all of its core, so the server may be faster than the figure. " +
      "*other work and the kernel's own*: other programs, and what the kernel did in nobody's name, as when it wrote back what the programs that are measured had written.",
  ];
  return lines.join("\n");
}

function tableLine(row: Row): string {
  const [own, ...others] = row.series;
  const ratio = ratioOf(row);
  const verdict = judge(row);
  const memory = judgeMemory(row);
  const compared = others.map((series) => `${series.program} ${withRange(valuesOf(series))}`).join("; ");
  const cpu = row.series.slice(0, 2).map((series) => serverCpuOf(series)).map((value) => (value === null ? "-" : duration(value)));
  const busy = row.series.filter((series) => clientCpuShareOf(series) >= busyClientShare).map((series) => series.program);
  const foreign = othersCpuShareOf(row);
  const notes = [
    ...(busy.length === 0 ? [] : [`generator at its limit (${busy.join(", ")})`]),
    ...(foreign >= disturbingShare ? [`other work and the kernel's own took ${Math.round(foreign * 100)} % of the cores`] : []),
    ...(row.note === undefined ? [] : [row.note]),
  ];
  const cells = [
    row.title,
    `${withRange(valuesOf(own))} ${row.unit}`,
    compared === "" ? "-" : compared,
    ratio === null ? "-" : withRange(ratio, 2),
    verdict === null ? "-" : `${verdict.text}: ${outcomeWords[verdict.outcome]}`,
    cpu.every((value) => value === "-") ? "-" : cpu.join(" / "),
    memory === null ? "-" : `${number(own.peakMemoryMiB ?? 0)} MiB${memory.outcome === "met" ? "" : `: ${outcomeWords[memory.outcome]}`}`,
    notes.join("; ") || "-",
  ];
  return `| ${cells.join(" | ")} |`;
}

const outcomeWords = { met: "met", missed: "**missed**", failed: "**missed by more than 20 %**" } as const;

function withRange({ median, min, max }: Summary, digits?: number): string {
  return `${number(median, digits)} (${number(min, digits)}-${number(max, digits)})`;
}

/** Three significant digits, or as many after the point as asked for. */
function number(value: number, digits = value >= 100 ? 0 : value >= 10 ? 1 : 2): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function duration(microseconds: number): string {
  return microseconds >= 10_000 ? `${number(microseconds / 1000)} ms` : `${number(microseconds)} us`;
}

const beginMark = "<!-- figures: written by npm run bench -- --write-readme -->";
const endMark = "<!-- end of figures -->";

/** The README with its table replaced. Throws when it has no place for one. */
export function withTable(readme: string, table: string): string {
  const begin = readme.indexOf(beginMark);
  const end = readme.indexOf(endMark);
  if (begin === -1 || end < begin) throw new Error(`the README has no ${beginMark} followed by ${endMark}`);
  return `${readme.slice(0, begin + beginMark.length)}\n${table}\n${readme.slice(end)}`;
}
