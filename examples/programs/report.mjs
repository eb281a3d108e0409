// What was committed since the last release: only with @ota/gogs-client.
// node report.mjs http://192.168.1.2:3000 owner/repository    (a token in GOGS_TOKEN)
import { createGogsClient } from '@ota/gogs-client';

const [, , baseUrl = '', repository = ''] = process.argv;
const [owner = '', name = ''] = repository.split('/');
const token = process.env.GOGS_TOKEN;
const gogs = createGogsClient({ baseUrl, ...(token && { token }) });

const [latest] = await gogs.releases.list(owner, name);
const released = latest && (await gogs.commits.resolve(owner, name, latest.tag_name));
console.log(latest ? `${latest.tag_name} is ${released?.slice(0, 10)}` : 'nothing is released yet');

for (const { sha, commit } of await gogs.commits.list(owner, name, { limit: 100 })) {
  if (sha === released) break;
  console.log(`${sha.slice(0, 10)} ${commit.message}`);
}
