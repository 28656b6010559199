import { describe, expect, it } from "bun:test";
import { join } from "node:path";
import { OptionError, parseOptions } from "../../benchmarks/options.ts";
import { publishRefusal } from "../../benchmarks/publish-refusal.ts";
import { resultTable, withTable, type Results } from "../../benchmarks/report-table.ts";
import type { Row, Series } from "../../benchmarks/row.ts";
import { scenarios } from "../../benchmarks/scenarios.ts";
import { judge, judgeMemory, targets } from "../../benchmarks/targets.ts";

function series(program: string, values: readonly number[], more: Partial<Series> = {}): Series {
  const samples = values.map((value) => ({ value, clientCpuShare: 0.5, serverCpuMicroseconds: 20, othersCpuShare: 0.01 }));
  return { program, samples, peakMemoryMiB: 100, ...more };
}

function row(id: string, own: readonly number[], reference?: readonly number[]): Row {
  const first = series("Stowage", own);
  return { id, title: "GET of something", unit: "requests/s", series: reference === undefined ? [first] : [first, series("nginx", reference)] };
}

const results: Results = {
  circumstances: { date: "2026-01-02", commit: "abc1234", machine: "a machine", programs: "Bun", loadAverage: 0.1 },
  pairs: 3,
  secondsPerTurn: 5,
  isQuick: false,
  peers: [],
  failures: [],
  rows: [row("get-10k-hot", [900, 1000, 1100], [1000, 1000, 1000]), row("put-10k-32", [500, 500, 500], [1000, 1000, 1000])],
};

describe("a target", () => {
  it.each([
    ["get-10k-hot", [1000], [1000], "met"],
    ["get-10k-hot", [999], [1000], "missed"],
    ["get-10k-hot", [800], [1000], "missed"],
    ["get-10k-hot", [799], [1000], "failed"],
    ["get-10k-random", [700], [1000], "met"],
    ["get-10k-random", [559], [1000], "failed"],
    ["put-1g", [1200], [1000], "met"],
    ["put-1g", [950], [1000], "failed"],
    ["large-store-get", [1.3], [1], "met"],
    ["large-store-get", [1.5], [1], "missed"],
    ["large-store-get", [1.6], [1], "failed"],
    ["get-while-publishing", [20], [1], "met"],
    ["get-while-publishing", [29], [10], "met"],
    ["get-while-publishing", [31], [10], "missed"],
    ["get-while-publishing", [37], [10], "failed"],
  ])("judges %s of %p beside %p as %s", (id, own, reference, outcome) => {
    expect(judge(row(id, own, reference))?.outcome).toBe(outcome as "met");
  });

  it.each([
    [100, "met"],
    [119, "missed"],
    [121, "failed"],
  ])("judges a start of %d ms on an existing folder as %s", (value, outcome) => {
    expect(judge(row("start-existing", [value]))?.outcome).toBe(outcome as "met");
  });

  it.each([
    [200, "met"],
    [240, "missed"],
    [241, "failed"],
  ])("judges %d MiB of memory as %s in any row", (peakMemoryMiB, outcome) => {
    expect(judgeMemory({ ...row("x", [1]), series: [series("Stowage", [1], { peakMemoryMiB })] })?.outcome).toBe(outcome as "met");
  });

  it("fails a row whose ratio is not a number", () => {
    expect(judge(row("get-10k-hot", [Number.NaN], [1000]))?.outcome).toBe("failed");
    expect(judge(row("start-empty", [Number.NaN]))?.outcome).toBe("failed");
  });

  it("is for a row that some scenario has", async () => {
    const sources = await Promise.all(
      [...new Bun.Glob("*.ts").scanSync(join(import.meta.dir, "../../benchmarks/scenarios"))].map((name) =>
        Bun.file(join(import.meta.dir, "../../benchmarks/scenarios", name)).text(),
      ),
    );
    for (const { rowId } of targets) expect([rowId, sources.some((source) => source.includes(rowId.replace(/-32$/, "")))]).toEqual([rowId, true]);
  });
});

describe("the bench's table", () => {
  const table = resultTable(results);

  it("has a line for each row with median, range, ratio and verdict", () => {
    expect(table).toContain(
      "| GET of something | 1,000 (900-1,100) requests/s | nginx 1,000 (1,000-1,000) | 1.00 (0.90-1.10) | at least 1 x: met | 20.0 us / 20.0 us | 100 MiB | - |",
    );
    expect(table).toContain("| 0.50 (0.50-0.50) | at least 0.8 x: **missed by more than 20 %** |");
  });

  it("names machine, commit, date, and what was not there to compare with", () => {
    for (const text of ["a machine", "abc1234", "2026-01-02", "No Gitea or Forgejo"]) expect(table).toContain(text);
  });

  it("says how many turns there were and how long they took", () => {
    expect(table).toContain("Medians of 3 turns each (those under load of 5 s), taken alternately, ");
  });

  it("does not hide a scenario that failed", () => {
    const failures = [{ scenario: "mixed", message: "Stowage failed 3 of 10\ndownloads" }];
    expect(resultTable({ ...results, failures })).toContain("**mixed could not be measured**: Stowage failed 3 of 10 downloads");
  });

  it("says where the generator or other work limits a figure", () => {
    const samples = [{ value: 1, clientCpuShare: 0.95, serverCpuMicroseconds: null, othersCpuShare: 0.4 }];
    const limited = resultTable({ ...results, rows: [{ ...row("x", [1]), series: [series("Stowage", [], { samples })] }] });
    expect(limited).toContain("generator at its limit (Stowage)");
    expect(limited).toContain("other work and the kernel's own took 40 % of the cores");
  });

  it("replaces the old one in the README and nothing else", async () => {
    const readme = await Bun.file(join(import.meta.dir, "../../README.md")).text();
    const once = withTable(readme, table);
    expect(once).toContain(table);
    expect(withTable(once, "other")).toBe(withTable(readme, "other"));
    expect(withTable(once, "other").length).toBe(once.length - table.length + "other".length);
    expect(() => withTable("no place", table)).toThrow("no <!-- figures");
  });
});

describe("what goes into the README", () => {
  const rows = [row("get-10k-hot", [1, 2, 3, 4, 5, 6, 7])];
  const names = ["get-10k-hot", "mixed"];
  const untold: Results = { ...results, pairs: 7, rows };
  const whole: Results = { ...untold, scenarios: names };

  it("is a whole run, also one in which a scenario failed", () => {
    expect(publishRefusal(whole, names)).toBeNull();
    expect(publishRefusal({ ...whole, failures: [{ scenario: "mixed", message: "a request failed" }] }, names)).toBeNull();
  });

  it.each<[string, Partial<Results>, string]>([
    ["figures of quick mode", { isQuick: true }, "quick mode"],
    ["six turns of each program", { pairs: 6 }, "7 turns of each program, not 6"],
    ["a row that has fewer turns than the others", { rows: [...rows, row("mixed-get", [1, 2, 3])] }, "has fewer turns"],
    ["some of the scenarios", { scenarios: ["get-10k-hot"] }, "not measured: mixed"],
  ])("is not %s", (_what, change, message) => {
    expect(publishRefusal({ ...whole, ...change }, names)).toContain(message);
  });

  it("is not a file that does not tell what was measured", () => {
    expect(publishRefusal(untold, names)).toContain("do not tell");
  });
});

describe("the bench's options", () => {
  const names = scenarios.map(({ name }) => name);

  it("take seven pairs unless told otherwise", () => {
    expect(parseOptions([], names)).toMatchObject({ pairs: 7, seconds: 5, isQuick: false, only: [] });
    expect(parseOptions(["--quick", "--only", "put-10k", "--pairs", "2"], names)).toMatchObject({ pairs: 2, seconds: 1, isQuick: true, only: ["put-10k"] });
  });

  it.each([
    [["--only", "nothing"]],
    [["--pairs", "0"]],
    [["--seconds", "x"]],
    [["--unknown"]],
    [["surplus"]],
    [["--write-readme", "--quick"]],
    [["--write-readme", "--pairs", "6"]],
    [["--write-readme", "--only", "put-10k"]],
  ])("refuse %p", (words) => {
    expect(() => parseOptions(words, names)).toThrow(OptionError);
  });

  it("have a name of its own for each scenario", () => {
    expect(new Set(names).size).toBe(names.length);
  });
});
