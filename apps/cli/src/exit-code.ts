/** What `ota` exits with. */
export const exitCode = {
  done: 0,
  /** It was tried and did not succeed. */
  failed: 1,
  /** The command line, a setting or a file named in it is wrong: nothing was touched. */
  usage: 2,
  /** The board, its port or its cable. */
  device: 3,
  /** Gogs, the broker or the way to them. */
  network: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
