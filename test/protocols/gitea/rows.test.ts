import { describe, expect, it } from 'bun:test';
import { allCases } from './cases/all.ts';

const document = await Bun.file(new URL('../../../docs/protocols/gitea.md', import.meta.url)).text();

/** The ids of the document's rules: the first column of each table row, where it is code. */
const ids = [...document.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
const known = new Set(ids);
const tried = new Set(allCases.map((one) => one.row));

describe('docs/protocols/gitea.md', () => {
  it('has rules, each in four columns under an id of its own', () => {
    expect(ids.length).toBeGreaterThan(100);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(id))).toEqual([]);
    const rows = document.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.filter((row) => row.replaceAll('\\|', '').split('|').length !== 6)).toEqual([]);
  });

  it('says of each rule whether it is as Gitea or a deviation, and why', () => {
    const rows = document.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.filter((row) => !/\| (as Gitea|as Forgejo|deviation: .+|own: .+) \|$/.test(row))).toEqual([]);
  });

  it('has a case for each rule', () => {
    expect(ids.filter((id) => !tried.has(id))).toEqual([]);
  });

  it('has a rule for each case', () => {
    expect([...tried].filter((row) => !known.has(row))).toEqual([]);
  });
});
