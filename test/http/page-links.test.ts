import { describe, expect, it } from 'bun:test';
import { pageLinks } from '../../src/http/page-links.ts';

const base = 'https://files.example/sub/api/v1/packages/team';
function linkOf(query: string, page: number, total: number, limit = 10): string | null {
  return pageLinks({ url: new URL(base + query), page, limit, total }).link;
}

describe('pageLinks', () => {
  it('always counts the entries', () => {
    expect(pageLinks({ url: new URL(base), page: 1, limit: 10, total: 0 })).toEqual({
      link: null,
      totalCount: '0',
    });
  });
  it('has no links when everything fits on one page', () => {
    expect(linkOf('', 1, 10)).toBeNull();
  });
  it('names next and last on the first page', () => {
    expect(linkOf('', 1, 31)).toBe(`<${base}?page=2>; rel="next",<${base}?page=4>; rel="last"`);
  });
  it('names all four, in order, in between', () => {
    expect(linkOf('?page=2', 2, 31)).toBe(
      `<${base}?page=3>; rel="next",<${base}?page=4>; rel="last",` +
        `<${base}?page=1>; rel="first",<${base}?page=1>; rel="prev"`,
    );
  });
  it('names first and prev on the last page', () => {
    expect(linkOf('', 4, 31)).toBe(`<${base}?page=1>; rel="first",<${base}?page=3>; rel="prev"`);
  });
  it('treats a page past the end as the last', () => {
    expect(linkOf('?page=99', 99, 31)).toBe(linkOf('?page=4', 4, 31));
  });
  it('treats a page below one as the first', () => {
    expect(linkOf('', 0, 31)).toBe(linkOf('', 1, 31));
  });
  it('keeps the query, sorted and encoded as Go does', () => {
    // Output of url.Values.Encode in Go 1.26 after Set("page", "2").
    expect(linkOf(`?type=generic&q=a+b%2Fc'(*)!~&limit=10&page=1&page=7&x&q=ä&Z=1`, 1, 11)).toBe(
      `<${base}?Z=1&limit=10&page=2&q=a+b%2Fc%27%28%2A%29%21~&q=%C3%A4&type=generic&x=>; rel="next",` +
        `<${base}?Z=1&limit=10&page=2&q=a+b%2Fc%27%28%2A%29%21~&q=%C3%A4&type=generic&x=>; rel="last"`,
    );
  });
  it('leaves out what belongs to the client alone', () => {
    const url = new URL('https://user:secret@files.example:8443/a?b=1#c');
    expect(pageLinks({ url, page: 2, limit: 1, total: 2 }).link).toBe(
      '<https://files.example:8443/a?b=1&page=1>; rel="first",<https://files.example:8443/a?b=1&page=1>; rel="prev"',
    );
  });
  it('refuses pages without entries', () => {
    expect(() => linkOf('', 1, 31, 0)).toThrow(RangeError);
  });
});
