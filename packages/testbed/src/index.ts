export { TestbedError } from './errors.ts';
export { findTool, isRequired, tools, type Tool } from './tools.ts';
export type { ConsolePort } from './console/console-port.ts';
