/** Threads for file operations: with as few as cores, a handful of slow syncs would hold back every read. */
const threads = "64";

/**
 * Makes sure that the runtime's thread pool is large enough. Its size is read once, when the process begins: unless the
 * environment sets it, the process replaces itself, under the same id, and this call does not return.
 */
export function ensureThreadPool(): void {
  const { env, execPath, argv, argv0, execArgv, execve } = process;
  if (env["UV_THREADPOOL_SIZE"] !== undefined || execve === undefined) return;
  // In an executable the script is part of the program, and its path in argv leads nowhere.
  const isExecutable = Bun.main.startsWith("/$bunfs/");
  const script = isExecutable ? [] : [...execArgv, Bun.main];
  execve.call(process, execPath, [argv0, ...script, ...argv.slice(2)], { ...env, UV_THREADPOOL_SIZE: threads });
}
