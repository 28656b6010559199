import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { projectFolder } from "../support/server-process.ts";
import type { PartResult } from "./part-result.ts";

/** A result with where and when it came from. */
export interface PartRecord extends PartResult {
  /** UTC, to the minute. */
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  /** Of the minute before it began: what else the machine was doing. */
  readonly loadAverage: number;
}

/** Where the last results are kept, for people and for machines. */
export const recordFiles = { json: join(projectFolder, "docs/night.json"), markdown: join(projectFolder, "docs/night.md") } as const;

/** What is told beside every result; to be called before the part runs. */
export function describeRun(): Pick<PartRecord, "date" | "commit" | "machine" | "loadAverage"> {
  const git = (...words: readonly string[]): string => Bun.spawnSync(["git", ...words], { cwd: projectFolder }).stdout.toString().trim();
  const isChanged = git("status", "--porcelain", "--untracked-files=no", "--", "src", "test") !== "";
  const memoryGib = Math.round(totalmem() / 2 ** 30);
  return {
    date: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    commit: `${git("rev-parse", "--short", "HEAD")}${isChanged ? " with changes" : ""}`,
    machine: `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), ${memoryGib} GiB, Linux ${release()}, Bun ${Bun.version}`,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** The last result of each part that was ever recorded in a file. */
export function readRecords(path: string): readonly PartRecord[] {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
}

/** Puts records in the place of earlier ones of the same parts, and writes both files; gives the page. */
export function writeRecords(records: readonly PartRecord[], order: readonly string[]): string {
  // The last of each part, also where a file is taken over that has older ones of others.
  const byDate = [...readRecords(recordFiles.json), ...records].toSorted((one, other) => one.date.localeCompare(other.date));
  const all = new Map(byDate.map((record) => [record.part, record]));
  const sorted = [...all.values()].toSorted((one, other) => order.indexOf(one.part) - order.indexOf(other.part));
  writeFileSync(recordFiles.json, `${JSON.stringify(sorted, null, 1)}\n`);
  const page = pageOf(sorted);
  writeFileSync(recordFiles.markdown, page);
  return page;
}

function pageOf(records: readonly PartRecord[]): string {
  const rows = records.map(
    ({ part, done, passed, seconds, date, commit, loadAverage, seed }) =>
      `| ${part} | ${cell(done)} | ${passed ? "passed" : "**failed**"} | ${duration(seconds)} | ${date} | ${commit} | ${loadAverage} | ${seed ?? ""} |`,
  );
  const details = records.flatMap(({ part, figures, problems, machine }) => [
    `## ${part}`,
    "",
    ...(problems.length === 0 ? [] : ["Not as it should be:", "", ...problems.map((problem) => `- ${problem}`), ""]),
    `On ${machine}.`,
    "",
    "| figure | value |",
    "| --- | --- |",
    ...Object.entries(figures).map(([name, value]) => `| ${name} | ${typeof value === "number" ? value : cell(value)} |`),
    "",
  ]);
  return [
    "# The long tests",
    "",
    "Written by `npm run test:night`: the last result of each of its parts. They take hours, need root and Linux, and are no part of `npm test`. `npm run test:night -- NAME...` runs some of them; `night.json` has the samples behind the figures. *Load* is the machine's load average when the part began: with more than the number of cores other work ran beside it, and its times say little about speed.",
    "",
    "| part | what was done | result | took | date | commit | load | seed |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    ...details,
  ].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
