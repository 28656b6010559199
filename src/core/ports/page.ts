/** A part of a list: how many to leave out, and how many at most. */
export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
}

/** The rows of a page and how many there are in all. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}
