import type { Scenario } from "./scenario.ts";
import { getHot } from "./scenarios/get-10k-hot.ts";
import { getRandom } from "./scenarios/get-10k-random.ts";
import { getLarge } from "./scenarios/get-large.ts";
import { headAndNotModified } from "./scenarios/head-and-304.ts";
import { getWhilePublishing } from "./scenarios/get-while-publishing.ts";
import { putSmall } from "./scenarios/put-10k.ts";
import { largeStore } from "./scenarios/large-store.ts";
import { mixed } from "./scenarios/mixed.ts";
import { putLarge } from "./scenarios/put-large.ts";
import { signIn } from "./scenarios/sign-in.ts";
import { slowReaders } from "./scenarios/slow-readers.ts";
import { startUp } from "./scenarios/start-up.ts";
import { uploadsAtOnce } from "./scenarios/uploads-at-once.ts";

/** Every scenario, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  getHot, getRandom, headAndNotModified, getLarge, putLarge, putSmall, uploadsAtOnce, slowReaders, mixed, getWhilePublishing, signIn, startUp, largeStore,
];
