import type { Page, PageRequest } from "../core/ports/page.ts";

const pageSize = 500;

/** Every row of a list, page by page. */
export async function listAll<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (;;) {
    const page = await list({ offset: items.length, limit: pageSize });
    items.push(...page.items);
    if (page.items.length === 0 || items.length >= page.total) return items;
  }
}

/** A moment as ISO 8601 in UTC; null stays null. */
export function isoTime(epochMs: number): string;
export function isoTime(epochMs: number | null): string | null;
export function isoTime(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
