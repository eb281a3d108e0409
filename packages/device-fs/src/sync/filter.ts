import ignore from 'ignore';

/** Which files take part. Patterns are those of a `.gitignore`. */
export interface FilterOptions {
  /** What is neither copied nor deleted, in the syntax of a .gitignore. */
  exclude?: readonly string[];
  /** Exceptions from that. */
  include?: readonly string[];
}

/** Behind the name of a file that is not whole yet, on this side. */
export const partSuffix = '.ota~';

/** What no board needs. An `include` brings it back. */
export const alwaysExcluded = ['.git/', '__pycache__/', '.DS_Store', '.otaignore', `*${partSuffix}`];

/** Decides on paths relative to the synced directory, with `/` between names. */
export class PathFilter {
  readonly #rules = ignore({ ignorecase: false });

  constructor(patterns: readonly string[]) {
    this.#rules.add(patterns);
  }

  /** Of a local tree: what always stays out, then `.otaignore`, then the options; the last rule that fits decides. */
  static ofTree(ignoreFile: string, { exclude = [], include = [] }: FilterOptions): PathFilter {
    const inclusions = include.map((pattern) => `!${pattern}`);
    return new PathFilter([...alwaysExcluded, ...ignoreFile.split(/\r?\n/), ...exclude, ...inclusions]);
  }

  matches(path: string, isDirectory: boolean): boolean {
    return this.#rules.ignores(isDirectory ? `${path}/` : path);
  }
}
