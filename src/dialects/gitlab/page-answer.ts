import type { Page } from "../../core/ports/page.ts";
import type { Exchange } from "../../http/exchange.ts";
import { maxCountedEntries, offsetPageHeaders, pageOf } from "../../http/numbered-pages.ts";
import { jsonAnswer } from "./answers.ts";
import { urlOf } from "./list-page.ts";

/** Answers with the page that the query asks for, of a list that goes by numbers only. Throws `ParameterError`. */
export async function answerPage<Item>(
  exchange: Exchange,
  list: (page: { readonly offset: number; readonly limit: number }) => Promise<Page<Item>>,
  json: (item: Item) => unknown,
): Promise<Response> {
  const { page, perPage, offset } = pageOf(exchange.query);
  const found = await list({ offset, limit: perPage });
  const hasNext = offset + found.items.length < found.total && found.items.length > 0;
  const total = found.total <= maxCountedEntries ? found.total : null;
  return jsonAnswer(200, found.items.map(json), offsetPageHeaders({ url: urlOf(exchange), page, perPage, total, hasNext }));
}
