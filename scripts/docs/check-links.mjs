// node scripts/docs/check-links.mjs: every link in every Markdown file of the repository leads somewhere. Files and headings are
// looked up; of addresses on the web only the form is checked, since CI has no web.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { linkProblems } from './links.mjs';

const list = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
});
const documents = new Map();
for (const path of list.split('\n').filter((path) => path !== '' && existsSync(path))) {
  documents.set(path, await readFile(path, 'utf8'));
}
const { problems, links } = linkProblems(documents, existsSync);
for (const problem of problems) console.error(problem);
console.log(`${links} links in ${documents.size} Markdown files, ${problems.length} of them lead nowhere`);
process.exitCode = problems.length > 0 || links === 0 ? 1 : 0;
