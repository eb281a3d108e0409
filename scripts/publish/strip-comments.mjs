// The JavaScript that is published, without its comments: they are for who works on the sources, which are not published.
// Declarations keep theirs, editors show them. TypeScript's own `removeComments` loses legal comments.
import ts from 'typescript';

/** Comments that a license asks to be kept. */
const isLegal = (comment) => /^\/[/*]!|@license|@preserve/.test(comment);

function* commentsIn(node, file) {
  const { text } = file;
  const children = node.getChildren(file).filter((child) => !ts.isJSDoc(child));
  for (const child of children) yield* commentsIn(child, file);
  if (children.length > 0) return;
  yield* ts.getLeadingCommentRanges(text, node.pos) ?? [];
  yield* ts.getTrailingCommentRanges(text, node.end) ?? [];
}

/**
 * The same program without comments; `#!`, legal comments, names and the rest of each line stay as they are.
 * @throws Error where it is no JavaScript.
 */
export function stripComments(javaScript) {
  const file = ts.createSourceFile('module.js', javaScript, ts.ScriptTarget.ES2023);
  for (const { messageText } of file.parseDiagnostics)
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  const comments = new Map([...commentsIn(file, file)].map(({ pos, end }) => [pos, end]));
  let result = '';
  let from = 0;
  for (const [pos, end] of [...comments].sort(([a], [b]) => a - b)) {
    if (isLegal(javaScript.slice(pos, end))) continue;
    result += javaScript.slice(from, pos);
    from = end;
    const restOfLine = /[ \t]*(?:\r?\n|$)/y;
    restOfLine.lastIndex = end;
    const [rest] = restOfLine.exec(javaScript) ?? [];
    if (rest === undefined) {
      // A line's end inside of a comment ends a statement too.
      if (javaScript.slice(pos, end).includes('\n')) result += '\n';
      continue;
    }
    const ownLine = /(?:^|\n)[ \t]*$/.test(result);
    result = result.replace(/[ \t]+$/, '');
    if (ownLine) from += rest.length;
  }
  return result + javaScript.slice(from);
}
