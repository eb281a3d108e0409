import { GogsStandIn, RealGogs } from '@ota/testbed';
import { describeWithTools } from '@ota/testbed/vitest';
import { pathsProperty } from './paths.ts';

pathsProperty('the stand-in', () => GogsStandIn.start(), 60);
describeWithTools(['gogs', 'git'], 'a real Gogs', () => {
  pathsProperty('Gogs v0.14.3', () => RealGogs.start(), 60);
});
