import { describe } from 'vitest';
import { specifyBroker } from './helpers/broker-specification.ts';

describe('the embedded broker', () => {
  specifyBroker('embedded');
});
