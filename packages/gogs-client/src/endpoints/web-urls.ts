import type { WireEntry } from '../schemas/contents.ts';
import { encodePath } from '../url.ts';

/**
 * The pages of an entry. Gogs ends both addresses with the name where the path belongs, encodes nothing, and echoes
 * the ref with what `peeled` added to it.
 */
export function webUrls({
  name,
  path,
  html_url,
  download_url,
}: Pick<WireEntry, 'name' | 'path' | 'html_url' | 'download_url'>): Pick<
  WireEntry,
  'html_url' | 'download_url'
> {
  const put = (url: string): string => {
    if (!url.endsWith(`/${name}`)) return url;
    const start = url.slice(0, -name.length).replace(/\^\{commit\}\/$/, '/');
    return `${encodeURI(start).replace(/[?#]/g, encodeURIComponent)}${encodePath(path)}`;
  };
  return { html_url: put(html_url), download_url: put(download_url) };
}
