import { GogsStandIn } from '@ota/testbed';
import { clientContract } from './contract.ts';

clientContract('the stand-in', () => GogsStandIn.start());
