import { readBody } from './body.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';

/** `POST markdown`: `text` of a JSON body. */
export function renderMarkdown(call: Call): Answer {
  const read = readBody(call, { text: 'string', context: 'string' }, []);
  if ('refused' in read) return read.refused;
  const { text } = read.values;
  return html(typeof text === 'string' ? toHtml(text) : '');
}

/** `POST markdown/raw`: the body as it is. */
export function renderRawMarkdown(call: Call): Answer {
  return html(toHtml(call.body.toString('utf8')));
}

function html(text: string): Answer {
  const headers: Record<string, string> = text === '' ? {} : { 'Content-Type': 'text/html; charset=utf-8' };
  return { status: 200, headers, body: Buffer.from(text) };
}

/** Headings, paragraphs and strong text: enough to see that the right text arrived. Tags are dropped, scripts whole. */
function toHtml(markdown: string): string {
  const safe = markdown.replace(/<script[^]*?<\/script>/gi, '').replace(/<[^>]*>/g, '');
  const blocks = safe.split(/\n{2,}/).filter((block) => block.trim() !== '');
  const lines = blocks.map((block) => {
    const [, marks, title] = /^(#{1,6}) (.*)$/.exec(block.trim()) ?? [];
    const inline = (title ?? block.trim()).replace(/\*\*(.+?)\*\*/g, '<strong>$1</strong>');
    return marks ? `<h${marks.length}>${inline}</h${marks.length}>\n` : `<p>${inline}</p>\n`;
  });
  return lines.join('\n');
}
