import { resolve } from "node:path";

/** Threads for file operations: with as few as cores, a handful of slow syncs would hold back every read. */
const threads = "64";

/**
 * The memory, in bytes, that the collector of garbage reckons with: it lets a heap that is small beside it double before it
 * collects. With the machine's own size, downloads of many files held 80 MiB that nothing needed.
 */
const heapYardstick = String(256 * 1024 * 1024);

/**
 * Makes sure that the runtime's thread pool is large enough, that its heap stays small, and that SQLite keeps what a large batch
 * spills over where the data is: a machine may have no other folder that can be written, and then every commit would fail.
 * All are read once, when the process begins: unless the environment sets them, the process replaces itself, under the same id, and this
 * call does not return.
 */
export function ensureEnvironment(dataDirectory: string): void {
  const { env, execPath, argv, argv0, execArgv, execve } = process;
  const wanted = { UV_THREADPOOL_SIZE: threads, BUN_JSC_forceRAMSize: heapYardstick, SQLITE_TMPDIR: resolve(dataDirectory) };
  if (execve === undefined || Object.keys(wanted).every((name) => env[name] !== undefined)) return;
  // In an executable the script is part of the program, and its path in argv leads nowhere.
  const isExecutable = Bun.main.startsWith("/$bunfs/");
  const script = isExecutable ? [] : [...execArgv, Bun.main];
  execve.call(process, execPath, [argv0, ...script, ...argv.slice(2)], { ...wanted, ...env });
}
