import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { writeSbom } from "./write-sbom.ts";

/**
 * Makes one executable that needs nothing beside it: `bun scripts/build.ts [path]`, by default dist/stowage, and
 * beside it what it consists of (`stowage.cdx.json`). The
 * threads are entry points of their own, and all entry points are named flat: inside the executable every module's
 * address is that of the root, from which `new URL("./writer-thread.ts", import.meta.url)` is then right.
 */
const root = resolve(import.meta.dir, "..");
const target = resolve(process.argv[2] ?? join(root, "dist", "stowage"));
const entryPoints = [
  "src/cli/main.ts",
  "src/metadata-stores/writer-thread.ts",
  "src/metadata-stores/reader-thread.ts",
  "src/blob-stores/hash-thread.ts",
  "src/metadata-stores/check-thread.ts",
];

mkdirSync(dirname(target), { recursive: true });
const build = Bun.spawnSync(
  [
    process.execPath,
    "--no-env-file",
    "build",
    "--compile",
    "--minify",
    // Parsed ahead of time: the start takes half as long.
    "--bytecode",
    "--format=esm",
    // What comes with a request that needs it is not read before.
    "--splitting",
    "--entry-naming=[name].[ext]",
    // What stands in the folder that a server is started in must not change what it does.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--outfile=${target}`,
    ...entryPoints,
  ],
  { cwd: root, stdout: "ignore", stderr: "inherit" },
);
if (!build.success) process.exit(build.exitCode);
writeSbom(root, `${target}.cdx.json`);
console.log(`${target}: ${(statSync(target).size / 2 ** 20).toFixed(1)} MiB`);
