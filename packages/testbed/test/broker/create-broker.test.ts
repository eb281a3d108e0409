import { describe, expect, it, vi } from 'vitest';
import { createBroker } from '../../src/broker/broker.ts';
import { makeCertificates } from '../../src/certificates/make-certificates.ts';
import { describeWithTools } from '../../src/vitest.ts';

describe('createBroker', () => {
  it.each([
    { username: 'site' },
    { password: 'secret' },
    { username: '', password: 'secret' },
    { username: 'si:te', password: 'secret' },
    { username: 'si\nte', password: 'secret' },
  ])('refuses the credentials %j, without showing the password', async (options) => {
    const refused = await createBroker(options).catch((error: unknown) => error);

    expect(refused).toMatchObject({ code: 'BROKER_OPTION' });
    expect(String(refused)).not.toContain('secret');
  });

  it('starts nothing where its signal is aborted already', async () => {
    const reason = new Error('never mind');

    await expect(createBroker({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('has no TLS port where none was asked for', async () => {
    await using broker = await createBroker();

    expect([broker.tlsPort, broker.ca]).toEqual([undefined, undefined]);
    expect(broker.credentials()).toBeUndefined();
  });

  it('says that Mosquitto is not installed', async () => {
    vi.stubEnv('OTA_MOSQUITTO', '/nowhere/mosquitto');
    try {
      await expect(createBroker({ kind: 'mosquitto' })).rejects.toMatchObject({
        code: 'BROKER_NOT_INSTALLED',
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describeWithTools(['mosquitto'], 'createBroker with Mosquitto', () => {
  it('tells what Mosquitto said where it ends at once', async () => {
    const certificate = { ...(await makeCertificates({ names: ['localhost'] })), cert: 'no certificate' };

    await expect(createBroker({ kind: 'mosquitto', tls: { certificate } })).rejects.toMatchObject({
      code: 'BROKER_START',
      message: expect.stringMatching(/mosquitto ended[^]*certificate/) as string,
    });
  });
});
