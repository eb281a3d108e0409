/**
 * A name as Gogs lists it: since it asks Git for plain names (v0.14.0), one that begins with a quotation mark is still
 * taken for a quoted one, and loses its first and last byte (git-module v1.8.7, repo_tree.go).
 */
export function listedName(name: string): string {
  if (!name.startsWith('"')) return name;
  return Buffer.from(name)
    .subarray(1, -1)
    .toString('utf8')
    .replace(/\\(["\\tn])/g, (_, letter: string) => ({ t: '\t', n: '\n' })[letter] ?? letter);
}
