/** What a terminal shows of a text that is written in whole lines: it knows how to go up and to clear what is below. */
export function screenOf(text: string): string[] {
  const lines: string[] = [];
  let row = 0;
  for (const [part, up] of text.matchAll(/\u001b\[(\d+)A|\u001b\[0J|\u001b\[\d+m|\n|[^\u001b\n]+/g)) {
    if (up !== undefined) row = Math.max(0, row - Number(up));
    else if (part === '\u001b[0J') lines.length = row;
    else if (part === '\n') row += 1;
    else if (!part.startsWith('\u001b')) lines[row] = (lines[row] ?? '') + part;
  }
  return lines;
}
