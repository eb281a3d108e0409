import { RealGogs } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { clientContract } from './contract.ts';

describeWithTools(['gogs', 'git'], 'a real Gogs', () => {
  clientContract('Gogs v0.14.3', () => RealGogs.start());
});
