import { createRandom, type Random } from "../../support/fault-random.ts";

/** Makes inputs: valid ones changed a little, and ones out of nothing. */
export interface Fuzz extends Random {
  /** Whether it is so in one of that many cases. */
  oneIn(count: number): boolean;
  /** One of a list that is not empty. */
  one<Item>(items: readonly Item[]): Item;
  /** Text of at most so many characters of an alphabet, or of everything that hurts. */
  text(maxCharacters: number, alphabet?: string): string;
  bytes(maxBytes: number): Buffer;
  /** One of the texts, mostly with a few places changed: cut, doubled, put in, exchanged with another one's. */
  changed(texts: readonly string[]): string;
  list<Item>(maxItems: number, make: () => Item): Item[];
  /** Remembers the input under test, for the message of a failure. */
  note<Input>(input: Input): Input;
}

/** A reader of what clients send, and how often it is tried. */
export interface FuzzPart {
  readonly name: string;
  readonly count: number;
  /** Makes one input and holds the result against what must be true of it; throws where it is not. */
  readonly tryOne: (fuzz: Fuzz) => void | Promise<void>;
}

/** Characters that have a meaning somewhere, or that text is often handled wrongly with. */
const hurting = [
  ..." \t\r\n\0\x01\x1b\x7f\"'`\\/%&?#;:,.=+-*@~!$()[]{}<>|^_0123456789aAzZ",
  "..", "%2f", "%2e", "%00", "%", "\r\n", "--", "//", "::", ",,", "\x80", "\x85", "\xa0", "\xad", "\xff", "\u0130", "\u017f", "\u03a3",
  "\u200b", "\u202e", "\u2028", "\u212a", "\ufeff", "\ufffd", "\uff0e", "\uff0f", "e\u0301", "\u{1f600}", "\ud800", "\udfff", "9007199254740993", "-1", "null",
];

/** A generator that a seed repeats. */
export function createFuzz(seed: number): Fuzz & { readonly noted: () => unknown } {
  const random = createRandom(seed);
  let noted: unknown;
  const one = <Item>(items: readonly Item[]): Item => {
    const item = items[random.whole(0, items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const piece = (alphabet: string | undefined): string => (alphabet === undefined ? one(hurting) : (alphabet[random.whole(0, alphabet.length)] ?? ""));
  const text = (maxCharacters: number, alphabet?: string): string => {
    let made = "";
    for (let left = random.whole(0, maxCharacters + 1); left > 0; left -= 1) made += piece(alphabet);
    return made.slice(0, maxCharacters);
  };
  const changeOnce = (given: string, others: readonly string[]): string => {
    const at = random.whole(0, given.length + 1);
    const to = Math.min(given.length, at + random.whole(0, 5));
    switch (random.whole(0, 6)) {
      case 0:
        return given.slice(0, at) + given.slice(to);
      case 1:
        return given.slice(0, at) + piece(undefined) + given.slice(at);
      case 2:
        return given.slice(0, at) + piece(undefined) + given.slice(at + 1);
      case 3:
        return given.slice(0, to) + given.slice(at);
      case 4:
        return given.slice(0, at) + one(others).slice(random.whole(0, 8));
      default:
        return random.fraction() < 0.5 ? given.toUpperCase() : given.slice(0, at) + given.slice(at, to).repeat(random.whole(1, 40)) + given.slice(to);
    }
  };
  return {
    ...random,
    one,
    text,
    oneIn: (count) => random.whole(0, count) === 0,
    bytes: (maxBytes) => Buffer.from(Array.from({ length: random.whole(0, maxBytes + 1) }, () => random.whole(0, 256))),
    changed: (texts) => {
      let made = one(texts);
      for (let changes = random.whole(0, 4); changes > 0; changes -= 1) made = changeOnce(made, texts);
      return made;
    },
    list: (maxItems, make) => Array.from({ length: random.whole(0, maxItems + 1) }, make),
    note: (input) => {
      noted = input;
      return input;
    },
    noted: () => noted,
  };
}

/** Throws unless it is so. */
export function must(isSo: boolean, what: string): asserts isSo {
  if (!isSo) throw new Error(`not so: ${what}`);
}

/** Throws unless both are the same as JSON writes them. */
export function mustEqual(found: unknown, expected: unknown, what: string): void {
  if (found === expected) return;
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  must(one === other, `${what}: found ${one}, expected ${other}`);
}

/** The longest that one input may take, in milliseconds, on a machine that does other things as well. */
const longestMs = 2000;

/** Tries a part as often as it says; the error of a failure tells the seed and the input. Gives the slowest, in milliseconds. */
export async function runPart(part: FuzzPart, seed: number): Promise<number> {
  const fuzz = createFuzz(seed ^ Bun.hash.crc32(part.name));
  let slowestMs = 0;
  for (let index = 0; index < part.count; index += 1) {
    const begunMs = performance.now();
    try {
      const waiting = part.tryOne(fuzz);
      if (waiting !== undefined) await waiting;
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${part.name}, input ${index} of FAULT_SEED=${seed}: ${what}; input ${JSON.stringify(fuzz.noted())}`, { cause });
    }
    const tookMs = performance.now() - begunMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > longestMs) throw new Error(`${part.name}, input ${index} of FAULT_SEED=${seed} took ${tookMs} ms: ${JSON.stringify(fuzz.noted())}`);
  }
  return slowestMs;
}
