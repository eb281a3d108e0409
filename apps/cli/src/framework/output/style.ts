import type { Io, Output } from '../io.ts';

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof codes;

/** Puts colour around a text, on a terminal that wants it (https://no-color.org). */
export type Style = (colour: Colour, text: string) => string;

export function styleFor(output: Output, env: Io['env']): Style {
  const isWanted = output.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return isWanted ? (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m` : (_, text) => text;
}

/** Whether lines can be taken back and drawn anew: a terminal that knows the codes for it. */
export function canRedraw(output: Output, env: Io['env']): boolean {
  return output.isTTY === true && env['TERM'] !== 'dumb';
}

/** Without what {@link Style} adds: for counting characters. */
export function withoutStyle(text: string): string {
  return text.replaceAll(/\u001b\[\d+m/g, '');
}
