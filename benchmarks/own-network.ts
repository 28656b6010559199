/** Set in the process that has a network of its own. */
const marker = "STOWAGE_OWN_NETWORK";

/** Whether the loopback is this program's own. */
export const isNetworkOwn = process.env[marker] !== undefined;

/**
 * Runs this program once more on a loopback of its own and ends with its exit code; returns at once in that second run, and
 * where the system allows none (it takes root and Linux), which is said.
 *
 * The system keeps what it learned about a peer for later connections: after hours of tests that cut connections off, three
 * of a thousand downloads over the machine's 127.0.0.1 were seen to crawl at 2 kB/s (BBR), and all of them together took
 * 45 s instead of 36, which tells nothing about a server.
 */
export async function moveToOwnNetwork(): Promise<void> {
  if (isNetworkOwn) return;
  const inOwn = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  if (Bun.which("unshare") === null || !Bun.spawnSync([...inOwn, "true"]).success) {
    console.log("the loopback is the machine's own: with root and Linux it would be one without a past");
    return;
  }
  const again = Bun.spawn([...inOwn, process.execPath, "--no-env-file", ...process.argv.slice(1)], {
    env: { ...process.env, [marker]: "1" },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => again.kill(signal));
  process.exit(await again.exited);
}
