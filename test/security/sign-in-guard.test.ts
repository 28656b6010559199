import { describe, expect, test } from "bun:test";
import { addressGroup } from "../../src/core/address-group.ts";
import { RegistryError } from "../../src/core/registry-error.ts";
import { createSignInGuard } from "../../src/core/sign-in-guard.ts";

function openGuard() {
  const clock = { ms: Date.UTC(2030, 0, 1), nowMs: () => clock.ms };
  const guard = createSignInGuard(clock);
  const judge = async (password: string, verify: () => Promise<boolean>, account = "alice"): Promise<unknown> => {
    try {
      return await guard.judge({ account, password, storedHash: "hash", from: "192.0.2.1" }, verify);
    } catch (error) {
      return error instanceof RegistryError ? `${error.code} ${error.details.retryAfterSeconds}` : error;
    }
  };
  return { clock, judge };
}
const wrong = async (): Promise<boolean> => false;
const busy = async (): Promise<boolean> => {
  throw new RegistryError("sign_in_busy", "busy", { retryAfterSeconds: 1 });
};

describe("createSignInGuard", () => {
  test("counts nothing for what was not looked at", async () => {
    const { judge } = openGuard();
    for (let index = 0; index < 30; index += 1) expect(await judge(`guess ${index}`, busy)).toBe("sign_in_busy 1");
    for (let index = 0; index < 10; index += 1) expect(await judge(`guess ${index}`, wrong)).toBe(false);
    expect(await judge("guess", wrong)).toBe("sign_in_throttled 1");
  });

  test("does not answer guesses from memory while as many as are free wait to be looked at", async () => {
    const { judge } = openGuard();
    expect(await judge("right", async () => true)).toBe(true);
    let release: () => void = () => undefined;
    const held = new Promise<boolean>((resolve) => (release = () => resolve(false)));
    const guesses = Array.from({ length: 10 }, (_, index) => judge(`guess ${index}`, () => held));
    expect(await judge("right", wrong)).toBe("sign_in_throttled 1");
    release();
    expect(await Promise.all(guesses)).toEqual(Array(10).fill(false));
  });

  test("makes nobody wait for a clock that was set back", async () => {
    const { clock, judge } = openGuard();
    for (let index = 0; index < 100; index += 1) await judge("guess", wrong, `account ${Math.floor(index / 10)}`);
    clock.ms -= 3600_000;
    expect(await judge("guess", wrong, "account 1")).toBe("sign_in_throttled 60");
    clock.ms += 60_000;
    expect(await judge("guess", wrong, "account 1")).toBe(false);
  });
});

test("addressGroup is the /64 of IPv6, and IPv4 whole, mapped too", () => {
  expect(["192.0.2.7", "::ffff:192.0.2.7", "::FFFF:c000:207"].map(addressGroup)).toEqual(Array(3).fill("192.0.2.7"));
  expect(["2001:db8::1", "2001:DB8:0:0:ffff::", "2001:0db8::1:2:3:4", "2001:db8::%eth0"].map(addressGroup)).toEqual(Array(4).fill("2001:db8:0:0::/64"));
  expect(["2001:db8:0:1::1", "2001:db8:1::", "::1", "::", "1:2:3:4:5:6:7:8", "1::8"].map(addressGroup)).toEqual([
    "2001:db8:0:1::/64", "2001:db8:1:0::/64", "0:0:0:0::/64", "0:0:0:0::/64", "1:2:3:4::/64", "1:0:0:0::/64",
  ]);
  expect(["", "unix", "1.2.3", ":::"].map(addressGroup)).toEqual(["", "unix", "1.2.3", ":::"]);
});
