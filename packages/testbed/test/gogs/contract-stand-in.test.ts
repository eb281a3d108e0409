import { gogsContract } from './contract.ts';
import { GogsStandIn } from '../../src/gogs/gogs-stand-in.ts';

gogsContract('the stand-in', () => GogsStandIn.start());
