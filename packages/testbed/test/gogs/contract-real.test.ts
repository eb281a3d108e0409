import { gogsContract } from './contract.ts';
import { RealGogs } from '../../src/gogs/real-gogs.ts';
import { describeWithTools } from '../../src/vitest.ts';

describeWithTools(['gogs'], 'with a Gogs of our own', () => {
  gogsContract('a real Gogs', () => RealGogs.start());
});
