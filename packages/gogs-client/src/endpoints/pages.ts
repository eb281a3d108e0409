import type { z } from 'zod';
import type { Endpoint } from '../http/endpoint.ts';
import type { Http } from '../http/http.ts';
import type { CallOptions } from '../options.ts';

/**
 * The items of a list that Gogs gives page by page. A page is asked for when its first item is wanted. Gogs' links
 * drop the query, so they only tell whether there is a next page.
 */
export async function* pages<T>(
  http: Http,
  shape: z.ZodType<readonly T[]>,
  endpoint: Endpoint,
  options: CallOptions,
): AsyncGenerator<T, void, undefined> {
  for (let page = 1; ; page++) {
    const query = { ...endpoint.query, page };
    const { value, hasNext } = await http.page(shape, { ...endpoint, query }, options);
    yield* value;
    if (!hasNext || value.length === 0) return;
  }
}
