export * from './browser.ts';
export { connect } from './connect.ts';
export { listPorts, type PortInfo } from './port/list-ports.ts';
export { serialPort, serialStreamPort, type SerialStream, type UsbIds } from './port/node-serial-port.ts';
export { StreamPort, type OpenLine, type StreamPortOptions } from './port/stream-port.ts';
export { rfc2217Port } from './port/rfc2217-port.ts';
export { tcpPort } from './port/tcp-port.ts';
