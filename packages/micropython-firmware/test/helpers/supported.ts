/** Versions of MicroPython that the node's code runs on: the testbed's default and the two older ones that many boards have. */
export const supported = ['1.27.0', '1.23.0', '1.25.0'] as const;
