import { seedOfRun } from "../support/fault-random.ts";
import { fitLine, type Course } from "./line-fit.ts";
import type { PartResult } from "./part-result.ts";
import { runLane, type LaneReport } from "./soak-lane.ts";
import type { LaneSample } from "./soak-samples.ts";

const twoHours = 7200;
const fiveMinutes = 300;
/** Until the number of names is steady and the server has had each kind of work. */
const warmUpSeconds = 900;
/** Of those told in the result. */
const mostProblems = 50;
/** From a start on: until a server has had each kind of work. */
const settlingSeconds = 90;

/** What the lines through the samples may rise in the whole run, and what no sample may pass. */
const bounds = {
  rssBytes: { rise: 48 * 2 ** 20, most: 300 * 2 ** 20 },
  descriptors: { rise: 32, most: 1000 },
  walBytes: { rise: 16 * 2 ** 20, most: 128 * 2 ** 20 },
  stagingEntries: { rise: 3, most: 50 },
  orphans: { rise: 5, most: 100 },
  unreferenced: { rise: 200, most: 5000 },
} as const satisfies Partial<Record<keyof LaneSample, { readonly rise: number; readonly most: number }>>;

/**
 * Two servers under mixed load for hours: one is killed every five minutes, the other lives through, so that what grows
 * within one process shows too. At the end everything they answered is compared with everything they hold.
 */
export async function soak(options: { readonly seconds: number | null; readonly killEverySeconds?: number }): Promise<PartResult> {
  const seed = seedOfRun();
  const { killEverySeconds = fiveMinutes } = options;
  const seconds = options.seconds ?? twoHours;
  const beganAtMs = performance.now();
  const [killed, steady, caught] = await Promise.all([
    runLane({ perSecond: 30, seconds, killEverySeconds, targetNames: 2500, seed }),
    runLane({ perSecond: 10, seconds, killEverySeconds: null, targetNames: 800, seed: seed + 1 }),
    catchBroken(seed),
  ]);
  const courses = { killed: coursesOf(killed, seconds), steady: coursesOf(steady, seconds) };
  const problems = [
    ...problemsOf("killed server", killed, courses.killed),
    ...problemsOf("steady server", steady, courses.steady),
    ...(killed.kills >= Math.ceil(seconds / killEverySeconds) - 1 ? [] : [`only ${killed.kills} kills`]),
    ...(caught > 0 ? [] : ["the server that is broken on purpose was not caught"]),
  ];
  return {
    part: "soak",
    done:
      `two servers for ${Math.round(seconds / 60)} minutes, 40 requests a second in all, in both dialects (publishes of 1 B to 1 MB and deletes 35 %, ` +
      `reads checked by hash 30 %, ranges 15 %, HEAD and conditions 5 %, lists 15 %); one is killed every ${killEverySeconds} seconds, in the middle of a burst, the other lives through; collection every 15 s with a grace of a minute, scrub of everything every two minutes; then every name ever used is read again, lists are compared, and the stores verified; a server that answers before its commit must be caught by the same`,
    passed: problems.length === 0,
    figures: { ...figuresOf("killed", killed, courses.killed), ...figuresOf("steady", steady, courses.steady), "broken.filesFoundLost": caught },
    problems: problems.slice(0, mostProblems),
    seconds: Math.round((performance.now() - beganAtMs) / 1000),
    seed,
    series: { courses, killed: killed.samples, steady: steady.samples, killedServer: strip(killed), steadyServer: strip(steady) },
  };
}

/** The same on a server that is broken on purpose, for a minute: how many files it was found to have lost. */
async function catchBroken(seed: number): Promise<number> {
  const { violations } = await runLane({ perSecond: 30, seconds: 60, killEverySeconds: 5, targetNames: 2500, seed: seed + 2, isBroken: true });
  return violations.filter(({ kind }) => kind === "acknowledged file lost").length;
}

type Courses = Readonly<Record<keyof typeof bounds, Course>>;

function coursesOf({ samples }: LaneReport, seconds: number): Courses {
  const warm = samples.filter((sample) => sample.seconds >= Math.min(warmUpSeconds, seconds / 3) && sample.lifeSeconds >= settlingSeconds);
  const course = (name: keyof typeof bounds): Course => fitLine(warm.map((sample) => ({ seconds: sample.seconds, value: sample[name] })));
  return {
    rssBytes: course("rssBytes"),
    descriptors: course("descriptors"),
    walBytes: course("walBytes"),
    stagingEntries: course("stagingEntries"),
    orphans: course("orphans"),
    unreferenced: course("unreferenced"),
  };
}

function problemsOf(who: string, lane: LaneReport, courses: Courses): readonly string[] {
  const found = lane.violations.map(({ kind, detail }) => `${who}: ${kind}: ${detail}`);
  if (lane.collections === 0) found.push(`${who}: no collection removed anything`);
  if (lane.scrubs === 0) found.push(`${who}: no scrub came to its end`);
  if (lane.arrivals.leftOut > 0) found.push(`${who}: ${lane.arrivals.leftOut} requests left out, it did not keep up`);
  for (const name of ["rssBytes", "descriptors", "walBytes", "stagingEntries", "orphans", "unreferenced"] as const) {
    const { rise, most, samples } = courses[name];
    if (samples === 0) found.push(`${who}: no sample of ${name}`);
    if (rise > bounds[name].rise) found.push(`${who}: ${name} rose by ${Math.round(rise)}`);
    if (most > bounds[name].most) found.push(`${who}: ${name} was ${Math.round(most)}`);
  }
  return found;
}

function figuresOf(who: string, lane: LaneReport, courses: Courses): Record<string, number> {
  const { counts } = lane;
  const mib = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10;
  const told = {
    requests: lane.arrivals.arrivals - lane.dueWhileDown,
    published: counts.published,
    deleted: counts.deleted,
    readByHash: counts.read,
    ranges: counts.ranges,
    lists: counts.lists,
    kills: lane.kills,
    unansweredAndSettled: lane.settled,
    collectionsThatRemoved: lane.collections,
    scrubsToTheEnd: lane.scrubs,
    slowestStartMs: lane.slowestStartMs,
    p50Ms: lane.p50Ms,
    p99Ms: lane.p99Ms,
    rssMeanMib: mib(courses.rssBytes.mean),
    rssMostMib: mib(courses.rssBytes.most),
    rssMibPerHour: mib(courses.rssBytes.perHour),
    descriptorsMean: Math.round(courses.descriptors.mean),
    descriptorsPerHour: Math.round(courses.descriptors.perHour * 10) / 10,
    walMostMib: mib(courses.walBytes.most),
    walMibPerHour: mib(courses.walBytes.perHour),
    stagingMost: courses.stagingEntries.most,
    orphansMost: courses.orphans.most,
    orphansPerHour: Math.round(courses.orphans.perHour * 10) / 10,
    namesReadAtEnd: lane.namesRead,
    versionsListedAtEnd: lane.versionsListed,
    blobsVerified: lane.verified.blobs,
    violations: lane.violations.length,
  };
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [`${who}.${name}`, value]));
}

function strip({ samples: _samples, violations: _violations, ...rest }: LaneReport): Omit<LaneReport, "samples" | "violations"> {
  return rest;
}
