// Which of a package's type declarations its users can reach.
import { posix } from 'node:path';
import ts from 'typescript';

function* declarationsIn(exports) {
  if (typeof exports === 'string') {
    if (exports.endsWith('.d.ts')) yield posix.normalize(exports);
  } else {
    for (const target of Object.values(exports ?? {})) yield* declarationsIn(target);
  }
}

/**
 * The declarations that `exports` leads to, by itself or over imports. tsc writes one for each module; those of a
 * package's inside are never read by who imports it.
 * @param exports the field of package.json
 * @param read gives the text of a file by its path in the package
 */
export async function reachableDeclarations(exports, read) {
  const reached = new Set(declarationsIn(exports));
  // A Set's iterator also comes to what is added meanwhile.
  for (const path of reached) {
    for (const { fileName } of ts.preProcessFile(await read(path)).importedFiles) {
      if (!fileName.startsWith('.')) continue;
      reached.add(posix.join(posix.dirname(path), fileName).replace(/(?:\.d)?\.[jt]s$/, '.d.ts'));
    }
  }
  return reached;
}
