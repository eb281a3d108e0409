import { describe, expect, it } from 'vitest';
import { makeCertificates } from '@ota/testbed';
import { application } from './helpers/application.ts';
import { startSite, type NodeAtSite } from './helpers/start-site.ts';
import { tlsFront } from './helpers/tls-front.ts';

const certificates = await makeCertificates({ names: ['localhost', '127.0.0.1'] });
const stranger = await makeCertificates({ names: ['localhost'] });

/** A node that looks for its repository at an https address, and trusts this authority. */
async function startSecureSite(ca: string): Promise<NodeAtSite> {
  const at = await startSite({ settings: { gogsCa: '/ca.der' }, files: { '/ca.der': der(ca) } });
  const port = await tlsFront(Number(new URL(at.site.gogs.baseUrl).port), certificates);
  const settings = at.node.flash.readText('/nodesettings.py');
  at.node.flash.writeFile(
    '/nodesettings.py',
    settings.replace(at.site.gogs.baseUrl, `https://localhost:${port}`),
  );
  await at.site.commit({ files: { 'src/main.py': application('one') } });
  await at.node.powerOn();
  return at;
}

function der(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
}

describe('a repository behind https', () => {
  it('is used when its certificate is signed by the authority in gogsCa', async () => {
    const { node } = await startSecureSite(certificates.ca);
    await node.waitForOutput('version one runs');
  });

  it('is refused when it is signed by another', async () => {
    const { node, asked } = await startSecureSite(stranger.ca);
    await node.waitForOutput(
      'no update: localhost is not to be trusted: The certificate is not correctly signed',
    );
    expect(asked()).toEqual([]);
  });
});
