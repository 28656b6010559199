// Decision 0004: the read of the download path through three query layers.
// Needs: npm install --no-save hono kysely (hono is for 0003).
// Run: npx bun benchmarks/decisions/0004-query-layer.mjs [rounds] [seconds]
// One SQLite file of 100,000 files; the ways are taken in turn in one process.
import { Database } from 'bun:sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';

const [rounds = 9, seconds = 1] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(tmpdir(), 'query-layer-'));
const database = new Database(join(folder, 'metadata.sqlite'), { create: true, strict: true });
database.exec(`
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
  CREATE TABLE namespaces (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL, path_folded TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE packages (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace_id INTEGER NOT NULL REFERENCES namespaces, name TEXT NOT NULL, UNIQUE (namespace_id, name)) STRICT;
  CREATE TABLE versions (id INTEGER PRIMARY KEY AUTOINCREMENT, package_id INTEGER NOT NULL REFERENCES packages, version TEXT NOT NULL, UNIQUE (package_id, version)) STRICT;
  CREATE TABLE blobs (digest TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE files (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL REFERENCES versions, name TEXT NOT NULL, digest TEXT NOT NULL REFERENCES blobs, created_at INTEGER NOT NULL, UNIQUE (version_id, name)) STRICT;
`);
const keys = [];
database.transaction(() => {
  const one = (sql) => database.prepare(sql);
  const namespace = one('INSERT INTO namespaces (path, path_folded) VALUES (?, ?)');
  const pack = one('INSERT INTO packages (namespace_id, name) VALUES (?, ?)');
  const release = one('INSERT INTO versions (package_id, version) VALUES (?, ?)');
  const blob = one('INSERT INTO blobs (digest, size_bytes) VALUES (?, ?)');
  const file = one('INSERT INTO files (version_id, name, digest, created_at) VALUES (?, ?, ?, ?)');
  for (let n = 0; n < 100; n++) {
    const namespaceId = namespace.run(`Team-${n}/Tools`, `team-${n}/tools`).lastInsertRowid;
    for (let p = 0; p < 10; p++) {
      const packageId = pack.run(namespaceId, `package-${p}`).lastInsertRowid;
      for (let v = 0; v < 10; v++) {
        const versionId = release.run(packageId, `1.${v}.0`).lastInsertRowid;
        for (let f = 0; f < 10; f++) {
          const name = `package-${p}-linux-${f}.tar.gz`;
          const digest = new Bun.CryptoHasher('sha256').update(`${n}/${p}/${v}/${f}`).digest('hex');
          blob.run(digest, 1000 + f);
          file.run(versionId, name, digest, 1_700_000_000 + f);
          keys.push([`team-${n}/tools`, `package-${p}`, `1.${v}.0`, name]);
        }
      }
    }
  }
})();
database.exec('ANALYZE');
let state = 20261121;
for (let index = keys.length - 1; index > 0; index--) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  const other = Math.floor((state / 2 ** 32) * (index + 1));
  [keys[index], keys[other]] = [keys[other], keys[index]];
}

const sql = `SELECT f.id AS id, f.name AS name, f.created_at AS created_at, b.digest AS digest, b.size_bytes AS size_bytes
  FROM namespaces n
  JOIN packages p ON p.namespace_id = n.id
  JOIN versions v ON v.package_id = p.id
  JOIN files f ON f.version_id = v.id
  JOIN blobs b ON b.digest = f.digest
  WHERE n.path_folded = ? AND p.name = ? AND v.version = ? AND f.name = ?`;

/** (a) the statement in a variable, called synchronously. */
const statement = database.prepare(sql);

/** (b) a typed function over plain SQL: a cache keyed by the text, a port that is awaited. */
const statements = new Map();
const first = (text, values) => {
  let cached = statements.get(text);
  if (cached === undefined) statements.set(text, (cached = database.prepare(text)));
  return cached.get(...values);
};
const findFile = async (namespace, name, version, file) => {
  const row = await first(sql, [namespace, name, version, file]);
  return row === null ? null : { id: row.id, name: row.name, createdAt: row.created_at, digest: row.digest, sizeBytes: row.size_bytes };
};

/** (c) Kysely over the smallest driver that caches statements. */
class Connection {
  #statements = new Map();
  async executeQuery({ sql: text, parameters }) {
    let cached = this.#statements.get(text);
    if (cached === undefined) this.#statements.set(text, (cached = database.prepare(text)));
    if (cached.columnNames.length > 0) return { rows: cached.all(...parameters) };
    const { changes, lastInsertRowid } = cached.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }
  async *streamQuery() { throw new Error('not needed here'); }
}
class Driver {
  #connection = new Connection();
  async init() {}
  async acquireConnection() { return this.#connection; }
  async beginTransaction() { database.exec('BEGIN'); }
  async commitTransaction() { database.exec('COMMIT'); }
  async rollbackTransaction() { database.exec('ROLLBACK'); }
  async releaseConnection() {}
  async destroy() {}
}
const kysely = new Kysely({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new Driver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});
const build = (namespace, name, version, file) => kysely
  .selectFrom('namespaces as n')
  .innerJoin('packages as p', 'p.namespace_id', 'n.id')
  .innerJoin('versions as v', 'v.package_id', 'p.id')
  .innerJoin('files as f', 'f.version_id', 'v.id')
  .innerJoin('blobs as b', 'b.digest', 'f.digest')
  .select(['f.id as id', 'f.name as name', 'f.created_at as created_at', 'b.digest as digest', 'b.size_bytes as size_bytes'])
  .where('n.path_folded', '=', namespace).where('p.name', '=', name).where('v.version', '=', version).where('f.name', '=', file);
const compiled = build('', '', '', '').compile();

const ways = {
  'prepared statement in a variable': (key) => statement.get(...key),
  'typed function, cached by text, awaited': (key) => findFile(...key),
  'Kysely': (key) => build(...key).executeTakeFirst(),
  'Kysely, query compiled once': async (key) => (await kysely.executeQuery({ ...compiled, parameters: key })).rows[0],
};
for (const [name, way] of Object.entries(ways)) {
  const row = await way(keys[0]);
  if (row?.name !== keys[0][3]) throw new Error(`${name}: ${JSON.stringify(row)}`);
}
console.log(database.query(`EXPLAIN QUERY PLAN ${sql}`).all(...keys[0]).map((row) => row.detail).join('; '));

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const results = Object.keys(ways).map(() => []);
let at = 0;
for (let round = -1; round < rounds; round++) {
  for (const [index, [name, way]] of Object.entries(ways).entries()) {
    let reads = 0;
    const started = performance.now();
    while (performance.now() - started < seconds * 1000) {
      if (index === 0) for (let time = 0; time < 500; time++) way(keys[(at = (at + 1) % keys.length)]);
      else for (let time = 0; time < 500; time++) await way(keys[(at = (at + 1) % keys.length)]);
      reads += 500;
    }
    if (round >= 0) results[index].push((reads * 1000) / (performance.now() - started));
  }
}
Object.keys(ways).forEach((way, index) => {
  const ratios = results[index].map((rate, round) => rate / results[0][round]);
  const rate = median(results[index]);
  console.log(JSON.stringify({ way, readsPerSecond: Math.round(rate), min: Math.round(Math.min(...results[index])), max: Math.round(Math.max(...results[index])), microseconds: (1e6 / rate).toFixed(1), ratioToFirst: median(ratios).toFixed(2), ratioMin: Math.min(...ratios).toFixed(2), ratioMax: Math.max(...ratios).toFixed(2) }));
});
database.close();
await rm(folder, { recursive: true });
