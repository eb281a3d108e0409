// Links and headings of Markdown documents.
import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';

const parser = new MarkdownIt({ html: true });
// Links are to be judged here, as they are written.
parser.validateLink = () => true;
parser.normalizeLink = (target) => target;

/** All tokens, those inside of lines too. */
const tokensOf = (text) => parser.parse(text, {}).flatMap((token) => [token, ...(token.children ?? [])]);

/** The anchors that GitHub, npm and Gogs give a document's headings. */
export function anchorsOf(text) {
  const slugger = new GithubSlugger();
  const anchors = new Set();
  const tokens = parser.parse(text, {});
  tokens.forEach((token, index) => {
    if (token.type !== 'heading_open') return;
    const words = tokens[index + 1].children.filter(({ type }) => type === 'text' || type === 'code_inline');
    anchors.add(slugger.slug(words.map(({ content }) => content).join('')));
  });
  return anchors;
}

const targetsOf = (text) =>
  tokensOf(text).flatMap((token) => {
    const target = token.attrGet(token.type === 'image' ? 'src' : 'href');
    return target === null ? [] : [target];
  });

/**
 * @param documents path → text of every Markdown file.
 * @param exists whether a file or folder is there.
 * @returns how many links there are, and those that lead nowhere.
 */
export function linkProblems(documents, exists) {
  const problems = [];
  let links = 0;
  for (const [path, text] of documents) {
    for (const target of targetsOf(text)) {
      links++;
      const problem = problemOf(target, path, documents, exists);
      if (problem) problems.push(`${path}: ${target}: ${problem}`);
    }
  }
  return { problems, links };
}

function problemOf(target, from, documents, exists) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    if (!URL.canParse(target)) return 'is no address';
    return /^(https?|mailto):/i.test(target) ? undefined : 'is of a kind that not everybody can open';
  }
  const [file, anchor] = target.split('#');
  if (file.startsWith('/')) return 'begins with /, which means something else on every site';
  const path = file === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(file));
  if (path.startsWith('..')) return 'leaves the repository';
  if (!exists(path)) return 'is not there';
  if (anchor === undefined || !path.endsWith('.md')) return undefined;
  const document = documents.get(path);
  if (document === undefined) return 'is not in the repository';
  return anchorsOf(document).has(decodeURIComponent(anchor)) ? undefined : 'has no such heading';
}
