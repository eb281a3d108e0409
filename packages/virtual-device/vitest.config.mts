import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.mts';

export default mergeConfig(
  shared,
  defineConfig({ test: { name: 'virtual-device', root: import.meta.dirname } }),
);
