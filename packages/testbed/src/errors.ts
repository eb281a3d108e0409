/** Base of everything the testbed and its devices throw on purpose: one class, here under the name of this package. */
export { VirtualDeviceError as TestbedError } from '@ota/virtual-device';
