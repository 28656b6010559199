const timeoutMs = 60_000;

/** Runs a program of the system to its end and gives its standard output. Throws with what it said when it fails. */
export async function runProgram(words: readonly string[]): Promise<string> {
  const child = Bun.spawn([...words], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`, LC_ALL: "C" },
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  const [output, errors, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (exitCode !== 0) throw new Error(`${words.join(" ")} ended with ${exitCode}: ${errors}${output}`);
  return output;
}
