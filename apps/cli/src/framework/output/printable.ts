/** Controls but the tab, and what turns the direction of writing. */
const unsafe = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What somebody else wrote, fit for a terminal: what would move the cursor, colour, ring, or change what stands there is a blank. */
export function printable(text: string): string {
  return text.replaceAll(unsafe, ' ');
}

/** {@link printable} for a line of our own: the colours of `Style` stay. */
export function printableLine(line: string): string {
  return line
    .split(/(\u001b\[(?:0|1|2|3[1236])m)/)
    .map((part, at) => (at % 2 === 1 ? part : printable(part)))
    .join('');
}
