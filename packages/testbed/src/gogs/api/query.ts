/** 0 for what is no number, as in Gogs. */
export function numberIn(query: URLSearchParams, key: string): number {
  const value = query.get(key) ?? '';
  return /^[-+]?\d+$/.test(value) ? Number(value) : 0;
}

/** The links drop the query: a client has to add its own again. */
export function pageLinks(url: string, page: number, pages: number): string {
  const link = (target: number, rel: string): string => `<${url}?page=${target}>; rel="${rel}"`;
  return [
    ...(page < pages ? [link(page + 1, 'next'), link(pages, 'last')] : []),
    ...(page > 1 ? [link(1, 'first'), link(page - 1, 'prev')] : []),
  ].join(',');
}
