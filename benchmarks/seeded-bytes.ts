/** Smallest and largest content, bytes. */
const bounds = { least: 256, most: 2048 } as const;

/** Contents that a seed repeats: the bytes of each number, different for all of them. */
export function createSeededBytes(seed: number): (number: number) => Uint8Array {
  return (number) => {
    let state = (Math.imul(number + 1, 0x9e3779b1) ^ seed) >>> 0 || 1;
    const next = (): number => {
      // xorshift32
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 0;
    };
    const words = new Uint32Array(Math.ceil((bounds.least + (next() % (bounds.most - bounds.least))) / 4));
    for (const index of words.keys()) words[index] = next();
    // No two numbers have the same bytes, whatever the generator does.
    words[0] = number;
    return new Uint8Array(words.buffer);
  };
}
