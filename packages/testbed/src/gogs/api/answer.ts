/** An answer before it goes on the wire; how it is framed (length or chunks) follows from its size. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Keeps a Content-Length on a long body, and on the answer to a HEAD request. */
  readonly fixedLength?: boolean;
}

const nothing = Buffer.alloc(0);

/** A status and nothing else: 401, 403, 404 and 204 of the API are like that. */
export function empty(status: number): Answer {
  return { status, headers: {}, body: nothing };
}

export function json(value: unknown, status = 200): Answer {
  return jsonText(goJson(value), status);
}

export function jsonText(text: string, status: number, charset = 'UTF-8'): Answer {
  return {
    status,
    headers: { 'Content-Type': `application/json; charset=${charset}` },
    body: Buffer.from(text),
  };
}

/** Since v0.13 every failure inside says the same; what went wrong is in the server's log only. */
export const failureText = goJson({
  message: 'Something went wrong, please check the server logs for more information.',
  url: 'https://github.com/gogs/docs-api',
});

export function failure(): Answer {
  return jsonText(failureText, 500);
}

export function refusal(status: number, message: string): Answer {
  return json({ message, url: 'https://github.com/gogs/docs-api' }, status);
}

/** What is wrong with a request's body: an array, with the names of Go fields. */
export function unusableBody(
  status: number,
  errors: readonly { fieldNames?: readonly string[]; classification: string; message: string }[],
): Answer {
  return jsonText(goJson(errors), status, 'utf-8');
}

export function plainText(text: string): Answer {
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from(text) };
}

/** The site's "Page Not Found": for unknown routes, and where raw and archive don't know a ref. Six kilobytes, chunked. */
export function pageNotFound(): Answer {
  const links = Array.from(
    { length: 60 },
    (_, line) => `\t<li><a class="item" href="/explore/${line}">Explore</a></li>`,
  );
  const html = [
    '<!DOCTYPE html>',
    '<html>',
    '<head><title>Page Not Found - Gogs</title></head>',
    '<body>',
    '<ul>',
    ...links,
    '</ul>',
    '<p>The page you are trying to reach does not exist, or it was moved.</p>',
    '</body>',
    '</html>',
  ];
  return {
    status: 404,
    headers: { 'Content-Type': 'text/html; charset=UTF-8' },
    body: Buffer.from(`${html.join('\n')}\n`),
  };
}

/** JSON as Go's encoder writes it: safe inside HTML. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** RFC 3339 to the second, in UTC. */
export function goTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
