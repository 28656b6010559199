import { join } from 'node:path';
import { closestName, settings, type Setting, type SettingName } from './config-settings.ts';
import {
  optionally, parseBoolean, parseChoice, parseGitlabUrl, parseLimit, parseListen, parsePassword, parsePath, parseProxies,
  parsePublicUrl, parseRate, parseReserve, parseSizeLimit, parseStore, parseToken, parseUserName, parseWhole, quote, type Parser,
} from './config-values.ts';

/** Everything that can be set, checked and deeply frozen. Null means: not set, or no limit. */
export type Config = {
  /** The hostname has no brackets, also for IPv6; port 0 takes a free port. */
  readonly listen: { readonly hostname: string; readonly port: number };
  /** As written: relative to the working directory unless absolute. */
  readonly dataDirectory: string;
  /** `path` is the database file. */
  readonly database: { readonly scheme: 'sqlite'; readonly path: string } | { readonly scheme: 'memory' };
  /** `directory` is the folder in which the store keeps its own folders. */
  readonly blobs: { readonly scheme: 'file'; readonly directory: string } | { readonly scheme: 'memory' };
  /** Origin without a trailing slash, such as `https://files.example.com`. */
  readonly publicUrl: string | null;
  /** Name, password and token matter on the first start only. */
  readonly adminUser: string;
  readonly adminPassword: string | null;
  readonly adminToken: string | null;
  /** For everyone, administrators included. */
  readonly maxUploadBytes: number | null;
  /** Administrators are exempt; 0 allows nothing. `ownerVersions` is a count, the others are bytes. */
  readonly limits: {
    readonly ownerVersions: number | null;
    readonly ownerBytes: number | null;
    readonly fileBytes: number | null;
  };
  /** What uploads leave free on every file system that they or the records grow on; of a share, at most `maxBytes`. */
  readonly freeSpaceReserve: { readonly bytes: number } | { readonly percent: number; readonly maxBytes: number };
  readonly requireSignIn: boolean;
  readonly gitlab: {
    readonly unwrapForms: boolean;
    /** Requests in one period; 0 for any number. */
    readonly rateLimit: { readonly anonymous: number; readonly signedIn: number; readonly periodSeconds: number };
  };
  /** Origin without a trailing slash of the GitLab whose jobs are welcome. */
  readonly gitlabUrl: string | null;
  /** IP addresses and CIDR ranges, IPv4 and IPv6. */
  readonly trustedProxies: readonly string[];
  /** Paths of readable PEM files. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly shutdownTimeoutMs: number;
  readonly idleTimeoutSeconds: number;
  /** `auto` is text on a terminal and JSON elsewhere. */
  readonly logFormat: 'auto' | 'json' | 'text';
  /** `restricted` is administrators and loopback. */
  readonly metricsAccess: 'restricted' | 'public';
  /** `intervalMs` 0: never by schedule. */
  readonly collection: { readonly intervalMs: number; readonly graceMs: number };
  /** `intervalMs` 0: never; `bytesPerSecond` null: as fast as it goes. */
  readonly scrub: { readonly intervalMs: number; readonly bytesPerSecond: number | null };
};

/** Where settings come from, strongest first; the TOML file is read through `readFile`, which throws when it cannot. */
type ConfigSources = {
  /** By flag name without dashes. */
  readonly flags: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
};

/** A setting that is refused. The message names it and says what to do; it never holds the value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The environment variable; for an unknown name, that name as it was written. */
  readonly setting: string;
  readonly hint: string;

  constructor(setting: string, problem: string, hint: string) {
    super(`${setting}: ${problem} (hint: ${hint})`);
    this.setting = setting;
    this.hint = hint;
  }
}

type Found = { readonly text: string; readonly origin: string };
type Values = ReadonlyMap<string, Found>;
type Read = <T>(name: SettingName, parse: Parser<T>) => T;

const longestTimerSeconds = 2_147_483; // A timer of 2^31 ms or more fires at once.
const mostRequests = 1_000_000_000;
const longestGraceSeconds = 10 * 365 * 86_400;

/**
 * Reads every setting: flags before environment before the TOML file before defaults.
 * An empty variable counts as unset. An empty flag or string in the file unsets what may be unset and is refused
 * elsewhere: a bare `--require-sign-in` must not quietly mean false.
 * Throws ConfigError on the first value or name that is refused.
 */
export function loadConfig(sources: ConfigSources): Config {
  const given = new Map([...environmentValues(sources.environment), ...flagValues(sources.flags)]);
  const configFile = reader(given)('STOWAGE_CONFIG', optionally(parsePath));
  const fromFile: Values = configFile === null ? new Map() : fileValues(configFile, sources.readFile);
  const read = reader(new Map([...fromFile, ...given]));
  return deepFreeze({
    listen: read('STOWAGE_LISTEN', parseListen),
    ...readStores(read),
    publicUrl: read('STOWAGE_PUBLIC_URL', optionally(parsePublicUrl)),
    adminUser: read('STOWAGE_ADMIN_USER', parseUserName),
    adminPassword: read('STOWAGE_ADMIN_PASSWORD', optionally(parsePassword)),
    adminToken: read('STOWAGE_ADMIN_TOKEN', optionally(parseToken)),
    maxUploadBytes: read('STOWAGE_MAX_UPLOAD_BYTES', parseSizeLimit),
    limits: {
      ownerVersions: read('STOWAGE_LIMIT_OWNER_VERSIONS', parseLimit),
      ownerBytes: read('STOWAGE_LIMIT_OWNER_BYTES', parseSizeLimit),
      fileBytes: read('STOWAGE_LIMIT_FILE_BYTES', parseSizeLimit),
    },
    freeSpaceReserve: read('STOWAGE_FREE_SPACE_RESERVE', parseReserve),
    requireSignIn: read('STOWAGE_REQUIRE_SIGN_IN', parseBoolean),
    gitlab: {
      unwrapForms: read('STOWAGE_GITLAB_UNWRAP_FORMS', parseBoolean),
      rateLimit: {
        anonymous: read('STOWAGE_RATE_LIMIT_ANONYMOUS', parseWhole(0, mostRequests, 'requests')),
        signedIn: read('STOWAGE_RATE_LIMIT_SIGNED_IN', parseWhole(0, mostRequests, 'requests')),
        periodSeconds: read('STOWAGE_RATE_LIMIT_SECONDS', parseWhole(1, 86_400, 'seconds')),
      },
    },
    gitlabUrl: read('STOWAGE_GITLAB_URL', optionally(parseGitlabUrl)),
    trustedProxies: read('STOWAGE_TRUSTED_PROXIES', parseProxies),
    tls: readTls(read, sources.readFile),
    shutdownTimeoutMs: 1000 * read('STOWAGE_SHUTDOWN_SECONDS', parseWhole(0, 3600, 'seconds')),
    idleTimeoutSeconds: read('STOWAGE_IDLE_SECONDS', parseWhole(8, 255, 'seconds')),
    logFormat: read('STOWAGE_LOG', parseChoice(['auto', 'json', 'text'])),
    metricsAccess: read('STOWAGE_METRICS', parseChoice(['restricted', 'public'])),
    collection: {
      intervalMs: 1000 * read('STOWAGE_GC_INTERVAL_SECONDS', parseWhole(0, longestTimerSeconds, 'seconds')),
      graceMs: 1000 * read('STOWAGE_GC_GRACE_SECONDS', parseWhole(3600, longestGraceSeconds, 'seconds')),
    },
    scrub: {
      intervalMs: 1000 * read('STOWAGE_SCRUB_INTERVAL_SECONDS', parseWhole(0, longestGraceSeconds, 'seconds')),
      bytesPerSecond: read('STOWAGE_SCRUB_BYTES_PER_SECOND', parseRate),
    },
  });
}

function reader(values: Values): Read {
  const defaults: ReadonlyMap<string, string> = new Map(settings.map((row) => [row.name, row.default]));
  return (name, parse) => {
    const found = values.get(name);
    const parsed = parse(found?.text ?? defaults.get(name) ?? '');
    if ('value' in parsed) return parsed.value;
    throw new ConfigError(name, `${parsed.problem}${found?.origin ?? ''}`, parsed.hint);
  };
}

function readStores(read: Read): Pick<Config, 'dataDirectory' | 'database' | 'blobs'> {
  const dataDirectory = read('STOWAGE_DATA', parsePath);
  const database = read('STOWAGE_DATABASE', parseStore(['sqlite', 'memory']));
  const blobs = read('STOWAGE_BLOBS', parseStore(['file', 'memory']));
  return {
    dataDirectory,
    database:
      database.scheme === 'memory'
        ? { scheme: 'memory' }
        : { scheme: 'sqlite', path: database.path ?? join(dataDirectory, 'stowage.db') },
    blobs: blobs.scheme === 'memory' ? { scheme: 'memory' } : { scheme: 'file', directory: blobs.path ?? dataDirectory },
  };
}

function readTls(read: Read, readFile: ConfigSources['readFile']): Config['tls'] {
  const certFile = read('STOWAGE_TLS_CERT', optionally(parsePath));
  const keyFile = read('STOWAGE_TLS_KEY', optionally(parsePath));
  if (certFile === null && keyFile === null) return null;
  const hint = 'set both STOWAGE_TLS_CERT and STOWAGE_TLS_KEY, or none';
  if (certFile === null) throw new ConfigError('STOWAGE_TLS_CERT', 'is not set although STOWAGE_TLS_KEY is', hint);
  if (keyFile === null) throw new ConfigError('STOWAGE_TLS_KEY', 'is not set although STOWAGE_TLS_CERT is', hint);
  readSettingFile('STOWAGE_TLS_CERT', certFile, readFile);
  readSettingFile('STOWAGE_TLS_KEY', keyFile, readFile);
  return { certFile, keyFile };
}

function readSettingFile(name: SettingName, path: string, readFile: ConfigSources['readFile']): string {
  try {
    return readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
    throw new ConfigError(name, `the file ${quote(path)} cannot be read${code}`, 'check the path and its permissions');
  }
}

function flagValues(flags: ConfigSources['flags']): Values {
  return new Map(
    Object.entries(flags).map(([flag, text]) => {
      const known = settings.find((row) => row.flag === flag);
      if (known === undefined) throw unknownName(`--${flag}`, 'is not a flag', settings.map((row) => `--${row.flag}`));
      return [known.name, { text, origin: `, set by the flag --${flag}` }];
    }),
  );
}

function environmentValues(environment: ConfigSources['environment']): Values {
  const values = new Map<string, Found>();
  for (const [name, text = ''] of Object.entries(environment)) {
    if (!name.startsWith('STOWAGE_') || text === '' || isServiceLink(name, text)) continue;
    if (!settings.some((row) => row.name === name)) {
      throw unknownName(name, 'is not a setting', settings.map((row) => row.name));
    }
    values.set(name, { text, origin: '' });
  }
  return values;
}

/** Kubernetes gives every pod such variables for a service called `stowage` or `stowage-web`. */
function isServiceLink(name: string, text: string): boolean {
  if (/_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text);
}

function fileValues(path: string, readFile: ConfigSources['readFile']): Values {
  const source = readSettingFile('STOWAGE_CONFIG', path, readFile);
  const keys = settings.flatMap((row) => row.tomlKey ?? []);
  return new Map(
    Object.entries(parseToml(source, path)).map(([key, value]) => {
      const known = settings.find((row) => row.tomlKey === key);
      if (known === undefined) throw unknownName(key, `is not a setting of the file ${quote(path)}`, keys);
      return [known.name, { text: fileText(known, value), origin: `, set by ${key} in ${quote(path)}` }];
    }),
  );
}

function fileText(row: Setting, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && row.fileValue === 'number') return String(value);
  if (typeof value === 'boolean' && row.fileValue === 'boolean') return String(value);
  if (row.fileValue === 'list' && Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(',');
  const hints = { text: 'write a string in quotes', number: 'write a number or a string', boolean: 'write true or false', list: 'write a list of strings' };
  throw new ConfigError(row.name, `${row.tomlKey ?? row.name} in the configuration file has the wrong type`, hints[row.fileValue]);
}

function parseToml(source: string, path: string): object {
  try {
    return Bun.TOML.parse(source);
  } catch {
    // The parser's own message quotes the file, which may hold a password, and names no line.
    const line = `near line ${brokenLine(source)}`;
    throw new ConfigError('STOWAGE_CONFIG', `the file ${quote(path)} is not valid TOML ${line}`, 'write name = value, with strings in double quotes and no name twice');
  }
}

/** The line on which the first statement begins that TOML refuses. */
function brokenLine(source: string): number {
  const lines = source.split('\n');
  for (let kept = lines.length - 1; kept > 0; kept -= 1) {
    try {
      Bun.TOML.parse(lines.slice(0, kept).join('\n'));
      return kept + 1;
    } catch {
      continue;
    }
  }
  return 1;
}

function unknownName(name: string, problem: string, known: readonly string[]): ConfigError {
  const close = closestName(name, known);
  return new ConfigError(name, problem, close === null ? '`stowage serve --help` lists all settings' : `did you mean ${close}?`);
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  const parts: readonly unknown[] = Object.values(value);
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) deepFreeze(part);
  }
  return Object.freeze(value);
}
