export { describeWithTools } from '@ota/virtual-device/vitest';
