/** Bytes and nesting of a request in JSON, and nesting of variables given as text. */
export const graphqlBodyBounds = { maxBytes: 1024 * 1024, maxDepth: 16 };
