import xterm from '@xterm/headless';

const { Terminal } = xterm;

const palette = {
  30: '#3b4252',
  31: '#e06c75',
  32: '#98c379',
  33: '#e5c07b',
  34: '#61afef',
  35: '#c678dd',
  36: '#56b6c2',
  37: '#d8dee9',
};

/** What a terminal shows after it was sent all this, as lines of pieces in one style each. */
export async function screenOf(events, columns) {
  const terminal = new Terminal({ cols: columns, rows: 50, scrollback: 5_000, allowProposedApi: true });
  for (const [, , text] of events) await new Promise((resolve) => terminal.write(text, resolve));
  const buffer = terminal.buffer.active;
  const lines = [];
  for (let y = 0; y < buffer.length; y++) lines.push(piecesOf(buffer.getLine(y), columns));
  while (lines.at(-1)?.length === 0) lines.pop();
  terminal.dispose();
  return lines;
}

function piecesOf(line, columns) {
  const pieces = [];
  for (let x = 0; x < columns; x++) {
    const cell = line.getCell(x);
    const chars = cell.getChars() || ' ';
    const colour = cell.isFgPalette() ? palette[30 + (cell.getFgColor() % 8)] : undefined;
    const style = { colour, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 };
    const last = pieces.at(-1);
    if (last && JSON.stringify(last.style) === JSON.stringify(style)) last.text += chars;
    else pieces.push({ text: chars, style });
  }
  const end = pieces.at(-1);
  if (end) end.text = end.text.trimEnd();
  return pieces.filter(({ text }) => text !== '');
}

/** Plain text, for readers and for search. */
export function toText(lines) {
  return lines
    .map((pieces) =>
      pieces
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

/** A picture that a Git host shows in a page. */
export function toSvg(lines, { columns, title }) {
  const size = { font: 14, line: 18, character: 8.43, margin: 16 };
  const width = Math.ceil(columns * size.character + 2 * size.margin);
  const height = lines.length * size.line + 2 * size.margin;
  const rows = lines.map((pieces, at) => {
    const y = size.margin + (at + 0.8) * size.line;
    const spans = pieces.map(({ text, style: { colour, bold, dim } }) => {
      const fill = colour ? ` fill="${colour}"` : '';
      const weight = bold ? ' font-weight="bold"' : '';
      const opacity = dim ? ' opacity="0.7"' : '';
      return `<tspan${fill}${weight}${opacity}>${escape(text)}</tspan>`;
    });
    return `<text x="${size.margin}" y="${y.toFixed(1)}" xml:space="preserve">${spans.join('')}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">
<title>${escape(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#1e222a"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${size.font}" fill="#d8dee9">
${rows.join('\n')}
</g>
</svg>
`;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
