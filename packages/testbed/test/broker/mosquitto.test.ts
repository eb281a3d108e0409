import { describeWithTools } from '../../src/vitest.ts';
import { specifyBroker } from './helpers/broker-specification.ts';

describeWithTools(['mosquitto'], 'the Mosquitto broker', () => {
  specifyBroker('mosquitto');
});
