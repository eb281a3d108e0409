/** Splits as a shell does: blanks, quotes, and a comment at the end. */
export function splitLine(line: string): string[] {
  const words = line.matchAll(/"([^"]*)"|'([^']*)'|#.*|[^\s"']+/g);
  return [...words]
    .filter(([word]) => !word.startsWith('#'))
    .map(([word, double, single]) => double ?? single ?? word);
}
