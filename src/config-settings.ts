/** Value types that the TOML file may hold for a setting; a string is accepted for every setting. */
type FileValueKind = 'text' | 'number' | 'boolean' | 'list';

/** One row of the configuration table. */
export type Setting = {
  /** Environment variable. */
  readonly name: string;
  /** Command line flag without the leading dashes. */
  readonly flag: string;
  /** Key in the TOML file; null where the file itself cannot hold it. */
  readonly tomlKey: string | null;
  readonly meaning: string;
  /** Unit or form of the value, for people. */
  readonly unit: string;
  /** The default as it would be written; empty means unset. */
  readonly default: string;
  /** Secret values never appear in messages. */
  readonly secret: boolean;
  readonly fileValue: FileValueKind;
};

type Details = { readonly tomlKey?: null; readonly secret?: true; readonly fileValue?: FileValueKind };

function setting<Name extends string>(
  name: Name,
  unit: string,
  defaultText: string,
  meaning: string,
  details: Details = {},
): Setting & { readonly name: Name } {
  const tomlKey = name.slice('STOWAGE_'.length).toLowerCase();
  return Object.freeze({
    name,
    flag: tomlKey.replaceAll('_', '-'),
    tomlKey: details.tomlKey === null ? null : tomlKey,
    meaning,
    unit,
    default: defaultText,
    secret: details.secret ?? false,
    fileValue: details.fileValue ?? 'text',
  });
}

/** Every setting, in the order in which help and README print them. */
export const settings = Object.freeze([
  setting('STOWAGE_CONFIG', 'path', '', 'TOML file with settings; its keys are the names below without `STOWAGE_`, in lower case', { tomlKey: null }),
  setting('STOWAGE_LISTEN', 'host:port', '127.0.0.1:7171', 'Address to listen on: `host:port`, `[ipv6]:port`, or `:port` for all IPv4 interfaces (`[::]:port` for IPv6 as well); port 0 takes a free one'),
  setting('STOWAGE_DATA', 'path', './data', 'Folder that holds everything'),
  setting('STOWAGE_DATABASE', 'scheme:path', 'sqlite:', 'Metadata: `sqlite:` is `stowage.db` in the data folder, `sqlite:path` another file, `memory:` forgets on exit'),
  setting('STOWAGE_BLOBS', 'scheme:path', 'file:', 'File contents: `file:` is the data folder, `file:path` another one, `memory:` forgets on exit'),
  setting('STOWAGE_PUBLIC_URL', 'URL', '', 'Address that users see, when a proxy stands in front: http or https, host and port only'),
  setting('STOWAGE_ADMIN_USER', 'name', 'admin', 'Name of the administrator created on the first start'),
  setting('STOWAGE_ADMIN_PASSWORD', '8 to 255 bytes', '', 'Password of that administrator, first start only; unset: one is made and printed once (secret)', { secret: true }),
  setting('STOWAGE_ADMIN_TOKEN', '20 to 255 characters', '', 'Token of that administrator with scope `all`, first start only; visible ASCII without `:` (secret)', { secret: true }),
  setting('STOWAGE_MAX_UPLOAD_BYTES', 'bytes', '-1', 'Largest upload from anyone, administrators included; -1 is no limit', { fileValue: 'number' }),
  setting('STOWAGE_LIMIT_OWNER_VERSIONS', 'versions', '-1', 'Most versions under one owner, administrators exempt; -1 is no limit', { fileValue: 'number' }),
  setting('STOWAGE_LIMIT_OWNER_BYTES', 'bytes', '-1', 'Most bytes under one owner, administrators exempt; -1 is no limit', { fileValue: 'number' }),
  setting('STOWAGE_LIMIT_FILE_BYTES', 'bytes', '-1', 'Largest file, administrators exempt; -1 is no limit', { fileValue: 'number' }),
  setting('STOWAGE_FREE_SPACE_RESERVE', 'bytes or percent', '1%', 'What uploads leave free on each disk: a size such as `1 GiB`, or a share such as `5%` (up to 50%), of which at most 10 GiB are kept; 0 keeps nothing'),
  setting('STOWAGE_REQUIRE_SIGN_IN', 'true or false', 'false', 'Whether reading needs signing in, public owners included', { fileValue: 'boolean' }),
  setting('STOWAGE_GITLAB_UNWRAP_FORMS', 'true or false', 'true', 'Whether a form with one file that is sent to the GitLab API is stored as that file; false stores the form itself', { fileValue: 'boolean' }),
  setting('STOWAGE_RATE_LIMIT_ANONYMOUS', 'requests', '0', 'Requests to the GitLab API in one period from an address without a valid token; 0 is no limit', { fileValue: 'number' }),
  setting('STOWAGE_RATE_LIMIT_SIGNED_IN', 'requests', '0', 'Requests to the GitLab API in one period from an account or deploy token; 0 is no limit', { fileValue: 'number' }),
  setting('STOWAGE_RATE_LIMIT_SECONDS', 'seconds', '15', 'Length of that period (1 to 86400)', { fileValue: 'number' }),
  setting('STOWAGE_GITLAB_URL', 'URL', '', 'GitLab whose running jobs may use their `CI_JOB_TOKEN` here: http or https, host and port only; users and projects are matched by name and path'),
  setting('STOWAGE_TRUSTED_PROXIES', 'IPs or CIDRs', '', 'Proxies whose forwarding headers are believed, separated by commas', { fileValue: 'list' }),
  setting('STOWAGE_TLS_CERT', 'path', '', 'PEM file with the TLS certificate chain; needs STOWAGE_TLS_KEY'),
  setting('STOWAGE_TLS_KEY', 'path', '', 'PEM file with the TLS private key; needs STOWAGE_TLS_CERT'),
  setting('STOWAGE_SHUTDOWN_SECONDS', 'seconds', '10', 'Time that running requests get when the server stops (0 to 3600)', { fileValue: 'number' }),
  setting('STOWAGE_IDLE_SECONDS', 'seconds', '60', 'A connection on which nothing moves for so long is closed, and so is one whose upload comes with less than 16 KiB a second, or whose request head is not whole by then (of a first request: 10 seconds) (8 to 255)', { fileValue: 'number' }),
  setting('STOWAGE_LOG', 'auto, json or text', 'auto', 'Form of the log; auto is text on a terminal and JSON elsewhere'),
  setting('STOWAGE_METRICS', 'restricted or public', 'restricted', 'Who may read `/metrics`; restricted is administrators and loopback'),
  setting('STOWAGE_GC_INTERVAL_SECONDS', 'seconds', '3600', 'Time between scheduled collections of unreferenced contents; 0 is never', { fileValue: 'number' }),
  setting('STOWAGE_GC_GRACE_SECONDS', 'seconds', '86400', 'Age that unreferenced contents reach before they are collected (at least 3600)', { fileValue: 'number' }),
  setting('STOWAGE_SCRUB_INTERVAL_SECONDS', 'seconds', '2592000', 'Time in which every stored content is read again once, to find damage; 0 is never', { fileValue: 'number' }),
  setting('STOWAGE_SCRUB_BYTES_PER_SECOND', 'bytes', '20 MiB', 'Bytes that this reads in a second at most; -1 is no limit', { fileValue: 'number' }),
]);

/** Environment variable of one setting. */
export type SettingName = (typeof settings)[number]['name'];

/** The Markdown table of all settings for the README, without a trailing newline. */
export function settingsTable(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = settings.map(({ name, meaning, unit, default: defaultText }) => {
    const shown = defaultText === '' ? 'unset' : `\`${cell(defaultText)}\``;
    return `| \`${name}\` | ${cell(meaning)} | ${cell(unit)} | ${shown} |`;
  });
  return ['| Name | Meaning | Unit | Default |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The known name that a mistyped one most likely means; null when none is near. */
export function closestName(name: string, known: readonly string[]): string | null {
  const best = known
    .map((candidate) => ({ candidate, distance: nameDistance(bare(name), bare(candidate)) }))
    .sort((left, right) => left.distance - right.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, bare(name).length / 3) ? best.candidate : null;
}

/** A name without what all names of its kind begin with, which would make any two look alike. */
function bare(name: string): string {
  return name.replace(/^(STOWAGE_|--)/, '').toLowerCase().replaceAll('-', '_');
}

/** Edit distance, except that the beginning of a name is one step from the whole. */
function nameDistance(left: string, right: string): number {
  if (left !== right && left.length > 2 && (left.startsWith(right) || right.startsWith(left))) return 1;
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [leftIndex, letter] of [...left].entries()) {
    const next = [leftIndex + 1];
    for (const [index, other] of [...right].entries()) {
      const replaced = (row[index] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
