import { describe, expect, it } from 'bun:test';
import { settings, settingsTable } from '../src/config-settings.ts';
import { ConfigError, loadConfig, type Config } from '../src/config.ts';

type Given = {
  readonly flags?: Record<string, string>;
  readonly environment?: Record<string, string | undefined>;
  readonly files?: Record<string, string>;
};

function load({ flags = {}, environment = {}, files = {} }: Given): Config {
  const readFile = (path: string): string => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  };
  return loadConfig({ flags, environment, readFile });
}

function refusal(given: Given): ConfigError {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const withToml = (toml: string): Given => ({ flags: { config: 'stowage.toml' }, files: { 'stowage.toml': toml } });
const withVariable = (name: string, value: string): Given => ({ environment: { [name]: value } });

describe('configuration defaults', () => {
  it('are those of the documented table', () => {
    expect(load({})).toEqual({
      listen: { hostname: '127.0.0.1', port: 7171 },
      dataDirectory: './data',
      database: { scheme: 'sqlite', path: 'data/stowage.db' },
      blobs: { scheme: 'file', directory: './data' },
      publicUrl: null,
      adminUser: 'admin',
      adminPassword: null,
      adminToken: null,
      maxUploadBytes: null,
      limits: { ownerVersions: null, ownerBytes: null, fileBytes: null },
      freeSpaceReserve: { percent: 1, maxBytes: 10 * 2 ** 30 },
      requireSignIn: false,
      gitlab: { unwrapForms: true, rateLimit: { anonymous: 0, signedIn: 0, periodSeconds: 15 } },
      gitlabUrl: null,
      trustedProxies: [],
      tls: null,
      shutdownTimeoutMs: 10_000,
      idleTimeoutSeconds: 60,
      logFormat: 'auto',
      metricsAccess: 'restricted',
      collection: { intervalMs: 3_600_000, graceMs: 86_400_000 },
      scrub: { intervalMs: 2_592_000_000, bytesPerSecond: 20 * 2 ** 20 },
    });
  });

  it('follow the data folder', () => {
    const config = load(withVariable('STOWAGE_DATA', '/srv/stowage'));
    expect(config.database).toEqual({ scheme: 'sqlite', path: '/srv/stowage/stowage.db' });
    expect(config.blobs).toEqual({ scheme: 'file', directory: '/srv/stowage' });
  });
});

describe('configuration sources', () => {
  const files = { 'stowage.toml': 'listen = "file:1"\nadmin_user = "from-file"\nlog = "json"' };
  const environment = { STOWAGE_CONFIG: 'stowage.toml', STOWAGE_LISTEN: 'env:2', STOWAGE_ADMIN_USER: 'from-env' };

  it('win in the order flags, environment, file', () => {
    const config = load({ flags: { listen: 'flag:3' }, environment, files });
    expect(config.listen).toEqual({ hostname: 'flag', port: 3 });
    expect(config.adminUser).toBe('from-env');
    expect(config.logFormat).toBe('json');
  });

  it('take the file from the flag before the variable', () => {
    const config = load({ flags: { config: 'other.toml' }, environment: { STOWAGE_CONFIG: 'stowage.toml' }, files: { ...files, 'other.toml': 'log = "text"' } });
    expect(config.logFormat).toBe('text');
  });

  it('count an empty variable as unset', () => {
    const config = load({ environment: { ...environment, STOWAGE_LISTEN: '', STOWAGE_NONSENSE: '' }, files });
    expect(config.listen).toEqual({ hostname: 'file', port: 1 });
  });

  it('let an empty flag unset only what may be unset', () => {
    const publicUrl = { STOWAGE_PUBLIC_URL: 'https://files.example.com' };
    expect(load({ flags: { 'public-url': '' }, environment: publicUrl }).publicUrl).toBeNull();
    expect(refusal({ flags: { 'require-sign-in': '' } }).setting).toBe('STOWAGE_REQUIRE_SIGN_IN');
  });

  it('ignore variables of others, also those that Kubernetes makes for a service called stowage', () => {
    const config = load({
      environment: {
        HOME: '/root',
        STOWAGE_SERVICE_HOST: '10.0.0.7',
        STOWAGE_SERVICE_PORT: '7171',
        STOWAGE_SERVICE_PORT_HTTP: '7171',
        STOWAGE_PORT: 'tcp://10.0.0.7:7171',
        STOWAGE_PORT_7171_TCP: 'tcp://10.0.0.7:7171',
        STOWAGE_PORT_7171_TCP_ADDR: '10.0.0.7',
      },
    });
    expect(config).toEqual(load({}));
  });
});

describe('the configuration file', () => {
  it('takes numbers, booleans, lists and strings', () => {
    const config = load(withToml(`
      limit_owner_versions = 7
      limit_file_bytes = "2 KiB"
      require_sign_in = true
      trusted_proxies = ["10.0.0.0/8", "::1"]
      idle_seconds = "30"
    `));
    expect(config.limits).toEqual({ ownerVersions: 7, ownerBytes: null, fileBytes: 2048 });
    expect(config.requireSignIn).toBe(true);
    expect(config.trustedProxies).toEqual(['10.0.0.0/8', '::1']);
    expect(config.idleTimeoutSeconds).toBe(30);
  });

  it.each([
    ['listen = 7171', 'STOWAGE_LISTEN'],
    ['require_sign_in = 1', 'STOWAGE_REQUIRE_SIGN_IN'],
    ['trusted_proxies = [1]', 'STOWAGE_TRUSTED_PROXIES'],
    ['limit_file_bytes = [1]', 'STOWAGE_LIMIT_FILE_BYTES'],
    ['limit_file_bytes = 1.5', 'STOWAGE_LIMIT_FILE_BYTES'],
    ['[tls_cert]\nfile = "x"', 'STOWAGE_TLS_CERT'],
  ])('refuses the wrong type in %p', (toml, setting) => {
    expect(refusal(withToml(toml)).setting).toBe(setting);
  });

  it('is named together with the key when it holds a wrong value', () => {
    expect(refusal(withToml('log = "xml"')).message).toBe(
      'STOWAGE_LOG: "xml" is not known, set by log in "stowage.toml" (hint: use one of auto, json, text)',
    );
  });

  it('is refused when it cannot be read', () => {
    const error = refusal(withVariable('STOWAGE_CONFIG', 'absent.toml'));
    expect(error.message).toStartWith('STOWAGE_CONFIG: the file "absent.toml" cannot be read (ENOENT) (hint: ');
  });

  it('is refused with the line when it is not TOML', () => {
    const error = refusal(withToml('listen = "a:1"\n\nlog = json\nmetrics = "public"'));
    expect(error.setting).toBe('STOWAGE_CONFIG');
    expect(error.message).toContain('near line 3');
  });

  it('cannot name another file', () => {
    expect(refusal(withToml('config = "other.toml"')).setting).toBe('config');
  });
});

describe('unknown names', () => {
  it.each<[string, Given, string, string]>([
    ['variable', withVariable('STOWAGE_LISTN', 'a:1'), 'STOWAGE_LISTN', 'did you mean STOWAGE_LISTEN?'],
    ['shortened variable', withVariable('STOWAGE_MAX_UPLOAD', '1'), 'STOWAGE_MAX_UPLOAD', 'did you mean STOWAGE_MAX_UPLOAD_BYTES?'],
    ['flag', { flags: { 'publik-url': 'x' } }, '--publik-url', 'did you mean --public-url?'],
    ['file key', withToml('limit_owner_version = 1'), 'limit_owner_version', 'did you mean limit_owner_versions?'],
    ['far name', withVariable('STOWAGE_COLOUR_SCHEME', 'x'), 'STOWAGE_COLOUR_SCHEME', '`stowage serve --help` lists all settings'],
    ['port that no service link is', withVariable('STOWAGE_PORT', '8080'), 'STOWAGE_PORT', '`stowage serve --help` lists all settings'],
  ])('are refused with a hint: %s', (_, given, name, hint) => {
    const error = refusal(given);
    expect(error.setting).toBe(name);
    expect(error.hint).toBe(hint);
    expect(error.message).toStartWith(`${name}: is not a `);
    expect(error.message).toEndWith(`(hint: ${hint})`);
  });
});

const refused: Readonly<Record<string, readonly string[]>> = {
  STOWAGE_LISTEN: ['7171', '127.0.0.1', '::1:7171', '::1', '[::1]', '[zz]:1', '127.0.0.256:1', '1.2.3:1', 'a b:1', '-a:1', '*:7171', 'a:65536', 'a:-1', 'http://a:1', 'a:1/'],
  STOWAGE_DATA: [' '],
  STOWAGE_DATABASE: ['postgres://user:hunter2@host/db', 'stowage.db', 'sqlite', 'sqlite://x', 'sqlite::memory:', 'memory:x', 'SQLITE:x'],
  STOWAGE_BLOBS: ['s3://key:hunter2@bucket', '/srv/blobs', 'file:///srv', 'sqlite:'],
  STOWAGE_PUBLIC_URL: [
    'files.example.com', 'ftp://files.example.com', 'https:files.example.com', 'https://', 'https://a b', 'https://a:99999',
    'https://user:hunter2@a', 'https://@a', 'https://a/?q', 'https://a?', 'https://a#', 'https://a/stowage', 'https://a/stowage/', 'https://a\\b', 'https://a\n',
  ],
  STOWAGE_ADMIN_USER: ['a b', 'ü', 'a/b', 'a'.repeat(41)],
  STOWAGE_ADMIN_PASSWORD: ['hunter2', 'hunter2'.repeat(37), 'ü'.repeat(128), 'hunter2hunter2\n', 'hunter2\thunter2', '0123456789'.repeat(4), 'x-oauth-basic'],
  STOWAGE_ADMIN_TOKEN: ['hunter2hunter2hunte', 'hunter2hunter2:hunter2', 'hunter2 hunter2 hunter2', 'hunter2hunter2hunter2ü', 'h'.repeat(256)],
  STOWAGE_MAX_UPLOAD_BYTES: ['-2', '-0', '+1', '1.5 GiB', '1 XB', '1M', '1e3', '0x10', 'MB', ' ', '9007199254740992', '9000000 TiB', '-1 MB', '1 MB '],
  STOWAGE_LIMIT_OWNER_VERSIONS: ['-2', '1 KB', '1.5', 'none', '9007199254740992'],
  STOWAGE_LIMIT_OWNER_BYTES: ['-5', 'lots'],
  STOWAGE_LIMIT_FILE_BYTES: ['-5', 'lots'],
  STOWAGE_FREE_SPACE_RESERVE: ['-1', '51%', '%', '5%%', '-5%', '1e3', 'lots', '5 percent'],
  STOWAGE_REQUIRE_SIGN_IN: ['maybe', '2', ' true'],
  STOWAGE_TRUSTED_PROXIES: ['localhost', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', '10.0.0/8', '10.0.0.1,,10.0.0.2', '10.0.0.1,', 'fe80::1%eth0', '::1/64/64'],
  STOWAGE_TLS_CERT: [' '],
  STOWAGE_TLS_KEY: [' '],
  STOWAGE_SHUTDOWN_SECONDS: ['-1', '3601', '1.5', '10s'],
  STOWAGE_IDLE_SECONDS: ['7', '256', 'never'],
  STOWAGE_LOG: ['JSON', 'xml'],
  STOWAGE_METRICS: ['private', 'Public'],
  STOWAGE_GITLAB_URL: ['gitlab.example.com', 'ftp://gitlab.example.com', 'https://gitlab.example.com/path'],
  STOWAGE_GITLAB_UNWRAP_FORMS: ['maybe', '2'],
  STOWAGE_RATE_LIMIT_ANONYMOUS: ['-1', '1.5', '1000000001', 'many'],
  STOWAGE_RATE_LIMIT_SIGNED_IN: ['-1', '1.5', '1000000001'],
  STOWAGE_RATE_LIMIT_SECONDS: ['0', '86401'],
  STOWAGE_GC_INTERVAL_SECONDS: ['-1', '2147484'],
  STOWAGE_GC_GRACE_SECONDS: ['0', '3599', '999999999'],
  STOWAGE_SCRUB_INTERVAL_SECONDS: ['-1', '1.5', '999999999'],
  STOWAGE_SCRUB_BYTES_PER_SECOND: ['0', '0 MiB', '-2', 'fast'],
  STOWAGE_CONFIG: [' '],
};

describe('refused values', () => {
  const cases = Object.entries(refused).flatMap(([name, values]) => values.map((value) => [name, value] as const));

  it.each(cases)('name the variable and say what to do: %s=%p', (name, value) => {
    const error = refusal(withVariable(name, value));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.setting).toBe(name);
    expect(error.hint.length).toBeGreaterThan(10);
    expect(error.message).toStartWith(`${name}: `);
    expect(error.message).toEndWith(` (hint: ${error.hint})`);
  });

  it('are tried for every setting', () => {
    expect(Object.keys(refused).sort()).toEqual(settings.map((row) => row.name).sort());
  });

  it('say which flag set them', () => {
    expect(refusal({ flags: { 'idle-seconds': '0' } }).message).toBe(
      'STOWAGE_IDLE_SECONDS: "0" is out of range, set by the flag --idle-seconds (hint: use a whole number of seconds from 8 to 255)',
    );
  });

  it('name the unknown scheme of a store and the known ones', () => {
    expect(refusal(withVariable('STOWAGE_DATABASE', 'postgres://user:hunter2@host/db')).message).toBe(
      'STOWAGE_DATABASE: has the unknown scheme "postgres:" (hint: begin it with sqlite: or memory:)',
    );
  });

  it('explain that a public URL has no sub-path', () => {
    expect(refusal(withVariable('STOWAGE_PUBLIC_URL', 'https://a/stowage')).hint).toStartWith('a sub-path is not supported');
  });
});

describe('secrets', () => {
  const withSecret = Object.entries(refused).flatMap(([name, values]) =>
    values.filter((value) => value.includes('hunte')).map((value) => [name, value] as const),
  );

  it.each(withSecret)('never appear in a refusal of the environment: %s=%p', (name, value) => {
    expect(Bun.inspect(refusal(withVariable(name, value)))).not.toContain('hunte');
  });

  it.each([
    'admin_password = hunter2hunter2',
    'admin_password = "hunter2',
    'admin_password = "hunter2"',
    'admin_password = ["hunter2hunter2"]',
    'admin_pasword = "hunter2hunter2"',
    'admin_token = "hunter2"',
  ])('never appear in a refusal of the file: %s', (toml) => {
    const { message, hint, cause } = refusal(withToml(toml));
    expect(message + hint).not.toContain('hunter2');
    expect(cause).toBeUndefined();
  });

  it('never appear in the refusal of a mistyped variable or flag', () => {
    expect(refusal(withVariable('STOWAGE_ADMIN_PASWORD', 'hunter2hunter2')).message).not.toContain('hunter2');
    expect(refusal({ flags: { 'admin-pasword': 'hunter2hunter2' } }).message).not.toContain('hunter2');
    expect(refusal({ flags: { 'admin-password': 'hunter2' } }).message).not.toContain('hunter2');
  });
});

const sizes: readonly (readonly [string, number | null])[] = [
  ['-1', null], ['0', 0], ['1000', 1000], ['1 MB', 1e6], ['1 mib', 2 ** 20], ['1GiB', 2 ** 30], ['5 KiB', 5120], ['5kB', 5000],
  ['2 TB', 2e12], ['1 TiB', 2 ** 40], ['9007199254740991', Number.MAX_SAFE_INTEGER],
];
const booleans: readonly (readonly [string, boolean])[] = [
  ['true', true], ['1', true], ['yes', true], ['ON', true], ['false', false], ['0', false], ['no', false], ['off', false],
];
const rateDefaults = { anonymous: 0, signedIn: 0, periodSeconds: 15 };
const gitlabDefaults = { unwrapForms: true, rateLimit: rateDefaults };

const accepted: readonly (readonly [string, string, object])[] = [
  ['STOWAGE_LISTEN', '[::1]:7171', { listen: { hostname: '::1', port: 7171 } }],
  ['STOWAGE_LISTEN', '[::]:0', { listen: { hostname: '::', port: 0 } }],
  ['STOWAGE_LISTEN', ':8080', { listen: { hostname: '0.0.0.0', port: 8080 } }],
  ['STOWAGE_LISTEN', '0.0.0.0:65535', { listen: { hostname: '0.0.0.0', port: 65535 } }],
  ['STOWAGE_LISTEN', 'files.example.com:443', { listen: { hostname: 'files.example.com', port: 443 } }],
  ['STOWAGE_DATABASE', 'sqlite:meta/main.db', { database: { scheme: 'sqlite', path: 'meta/main.db' } }],
  ['STOWAGE_DATABASE', 'memory:', { database: { scheme: 'memory' } }],
  ['STOWAGE_BLOBS', 'file:/srv/blobs', { blobs: { scheme: 'file', directory: '/srv/blobs' } }],
  ['STOWAGE_BLOBS', 'memory:', { blobs: { scheme: 'memory' } }],
  ['STOWAGE_GITLAB_URL', 'https://GitLab.example.com:443/', { gitlabUrl: 'https://gitlab.example.com' }],
  ['STOWAGE_PUBLIC_URL', 'https://files.example.com', { publicUrl: 'https://files.example.com' }],
  ['STOWAGE_PUBLIC_URL', 'HTTPS://Files.Example.com:443/', { publicUrl: 'https://files.example.com' }],
  ['STOWAGE_PUBLIC_URL', 'http://[::1]:8080/', { publicUrl: 'http://[::1]:8080' }],
  ['STOWAGE_ADMIN_USER', 'a'.repeat(40), { adminUser: 'a'.repeat(40) }],
  ['STOWAGE_ADMIN_PASSWORD', 'p: ü 89', { adminPassword: 'p: ü 89' }],
  ['STOWAGE_ADMIN_PASSWORD', 'ü'.repeat(4), { adminPassword: 'ü'.repeat(4) }],
  ['STOWAGE_ADMIN_PASSWORD', '0123456789'.repeat(4) + '0', { adminPassword: '0123456789'.repeat(4) + '0' }],
  ['STOWAGE_ADMIN_PASSWORD', 'p'.repeat(255), { adminPassword: 'p'.repeat(255) }],
  ['STOWAGE_ADMIN_TOKEN', '!'.repeat(10) + '~'.repeat(10), { adminToken: '!'.repeat(10) + '~'.repeat(10) }],
  ['STOWAGE_ADMIN_TOKEN', 't'.repeat(255), { adminToken: 't'.repeat(255) }],
  ...sizes.map(([text, bytes]) => ['STOWAGE_MAX_UPLOAD_BYTES', text, { maxUploadBytes: bytes }] as const),
  ['STOWAGE_LIMIT_OWNER_VERSIONS', '0', { limits: { ownerVersions: 0, ownerBytes: null, fileBytes: null } }],
  ['STOWAGE_LIMIT_OWNER_BYTES', '1 KiB', { limits: { ownerVersions: null, ownerBytes: 1024, fileBytes: null } }],
  ['STOWAGE_LIMIT_FILE_BYTES', '1 kB', { limits: { ownerVersions: null, ownerBytes: null, fileBytes: 1000 } }],
  ['STOWAGE_FREE_SPACE_RESERVE', '0', { freeSpaceReserve: { bytes: 0 } }],
  ['STOWAGE_FREE_SPACE_RESERVE', '2 GiB', { freeSpaceReserve: { bytes: 2 * 2 ** 30 } }],
  ['STOWAGE_FREE_SPACE_RESERVE', '2.5 %', { freeSpaceReserve: { percent: 2.5, maxBytes: 10 * 2 ** 30 } }],
  ['STOWAGE_FREE_SPACE_RESERVE', '50%', { freeSpaceReserve: { percent: 50, maxBytes: 10 * 2 ** 30 } }],
  ...booleans.map(([text, value]) => ['STOWAGE_REQUIRE_SIGN_IN', text, { requireSignIn: value }] as const),
  ...booleans.map(([text, value]) => ['STOWAGE_GITLAB_UNWRAP_FORMS', text, { gitlab: { ...gitlabDefaults, unwrapForms: value } }] as const),
  ['STOWAGE_RATE_LIMIT_ANONYMOUS', '800', { gitlab: { ...gitlabDefaults, rateLimit: { ...rateDefaults, anonymous: 800 } } }],
  ['STOWAGE_RATE_LIMIT_SIGNED_IN', '1000000000', { gitlab: { ...gitlabDefaults, rateLimit: { ...rateDefaults, signedIn: 1_000_000_000 } } }],
  ['STOWAGE_RATE_LIMIT_SECONDS', '1', { gitlab: { ...gitlabDefaults, rateLimit: { ...rateDefaults, periodSeconds: 1 } } }],
  ['STOWAGE_TRUSTED_PROXIES', '127.0.0.1, 10.0.0.0/8,fd00::/8 , ::1', { trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8', '::1'] }],
  ['STOWAGE_SHUTDOWN_SECONDS', '0', { shutdownTimeoutMs: 0 }],
  ['STOWAGE_IDLE_SECONDS', '255', { idleTimeoutSeconds: 255 }],
  ['STOWAGE_LOG', 'json', { logFormat: 'json' }],
  ['STOWAGE_METRICS', 'public', { metricsAccess: 'public' }],
  ['STOWAGE_GC_INTERVAL_SECONDS', '0', { collection: { intervalMs: 0, graceMs: 86_400_000 } }],
  ['STOWAGE_GC_GRACE_SECONDS', '3600', { collection: { intervalMs: 3_600_000, graceMs: 3_600_000 } }],
  ['STOWAGE_SCRUB_INTERVAL_SECONDS', '0', { scrub: { intervalMs: 0, bytesPerSecond: 20 * 2 ** 20 } }],
  ['STOWAGE_SCRUB_BYTES_PER_SECOND', '1 MB', { scrub: { intervalMs: 2_592_000_000, bytesPerSecond: 1e6 } }],
  ['STOWAGE_SCRUB_BYTES_PER_SECOND', '-1', { scrub: { intervalMs: 2_592_000_000, bytesPerSecond: null } }],
];

describe('accepted values', () => {
  it.each(accepted)('change their setting and nothing else: %s=%p', (name, text, changed) => {
    expect<object>(load(withVariable(name, text))).toEqual({ ...load({}), ...changed });
  });
});

describe('TLS', () => {
  const environment = { STOWAGE_TLS_CERT: 'cert.pem', STOWAGE_TLS_KEY: 'key.pem' };

  it('takes two readable files', () => {
    const config = load({ environment, files: { 'cert.pem': 'c', 'key.pem': 'k' } });
    expect(config.tls).toEqual({ certFile: 'cert.pem', keyFile: 'key.pem' });
  });

  it('is refused with one of the two, naming the missing one', () => {
    expect(refusal(withVariable('STOWAGE_TLS_CERT', 'cert.pem')).setting).toBe('STOWAGE_TLS_KEY');
    expect(refusal(withVariable('STOWAGE_TLS_KEY', 'key.pem')).setting).toBe('STOWAGE_TLS_CERT');
  });

  it('is refused when a file cannot be read', () => {
    expect(refusal({ environment, files: { 'key.pem': 'k' } }).setting).toBe('STOWAGE_TLS_CERT');
    expect(refusal({ environment, files: { 'cert.pem': 'c' } }).setting).toBe('STOWAGE_TLS_KEY');
  });
});

describe('the configuration', () => {
  it('is frozen in every part', () => {
    const config = load(withVariable('STOWAGE_TRUSTED_PROXIES', '::1'));
    const parts = [config, config.listen, config.database, config.blobs, config.limits, config.trustedProxies, config.collection, config.gitlab, config.gitlab.rateLimit];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });
});

describe('the table of settings', () => {
  it('has distinct variables, flags and keys that follow one pattern', () => {
    for (const row of settings) {
      const key = row.name.replace('STOWAGE_', '').toLowerCase();
      expect(row.flag).toBe(key.replaceAll('_', '-'));
      expect(row.tomlKey).toBe(row.name === 'STOWAGE_CONFIG' ? null : key);
    }
    expect(new Set(settings.map((row) => row.name)).size).toBe(settings.length);
  });

  it('holds defaults that are accepted as written', () => {
    const flags = Object.fromEntries(settings.map((row) => [row.flag, row.default]));
    expect(load({ flags })).toEqual(load({}));
  });

  it('prints as Markdown with one row for each setting', () => {
    const lines = settingsTable().split('\n');
    expect(lines[0]).toBe('| Name | Meaning | Unit | Default |');
    expect(lines).toHaveLength(settings.length + 2);
    expect(lines.every((line) => line.replaceAll('\\|', '').split('|').length === 6)).toBe(true);
    expect(lines).toContain('| `STOWAGE_DATA` | Folder that holds everything | path | `./data` |');
  });
});
