import { exitCode, type ExitCode } from '../exit-code.ts';
import { CliError } from './cli-error.ts';

/** An error as people and programs get to see it. */
export interface ExplainedError {
  /** Stable. */
  readonly code: string;
  /** What failed and what to do next. */
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** By the code of the libraries' errors; the first that fits. They are matched and not `instanceof`: two copies may be loaded. */
const exits: readonly (readonly [RegExp, ExitCode])[] = [
  [
    /^(LINK_ADDRESS|GOGS_ARGUMENT|FLEET_OPTION|DEVICE_PATH|DEVICE_MPY|NOT_A_LITERAL|RELEASE_(KEY|FILE))$/,
    exitCode.usage,
  ],
  [
    /^(SETTING_|IMAGE_(BOARD|VARIANT|VERSION)_UNKNOWN|IMAGE_FILE|IMAGE_APP_ONLY|WRONG_OFFSET)/,
    exitCode.usage,
  ],
  [/^DEVICE_EXCEPTION$/, exitCode.failed],
  [/^(LINK|REPL|DEVICE)_/, exitCode.device],
  [/^(PORT_|NO_SYNC|WRONG_BOOT_MODE|NO_WAY_TO_CHIP|NOT_AN_ESP|STUB_FAILED|COMMAND_)/, exitCode.device],
  [/^(WRONG_CHIP|WRONG_REVISION|FLASH_|SECURE_|WRITE_FAILED|READ_FAILED|VERIFY_FAILED)/, exitCode.device],
  [/^(GOGS|FLEET)_|^IMAGE_DOWNLOAD$/, exitCode.network],
];

/** The next step, where a library's message does not end with one. */
const nextSteps: Readonly<Record<string, string>> = {
  LINK_OPEN: 'check the address, and that the board is on',
  LINK_NEGOTIATION: 'use socket:// for a server without RFC 2217',
  REPL_TIMEOUT: 'if it needs longer, say so with --timeout',
  REPL_RESET: 'repeat the command',
  REPL_PROTOCOL: 'use a shorter cable or a lower rate (--baud)',
  REPL_GARBLED: 'use a shorter cable or a lower rate (--baud)',
  ENOENT: 'see what is there with "ota tree"',
  ENOSPC: 'see "ota df", and remove something with "ota rm"',
  EEXIST: 'choose another name, or remove what is there with "ota rm"',
  ENOTEMPTY: 'remove it with its contents: "ota rm --recursive"',
  EACCES: 'a directory goes with its contents: "ota rm --recursive"',
  EISDIR: 'name a file, or use --recursive',
  GOGS_NETWORK: 'is Gogs running, and is its address right? "ota doctor" looks at every part',
  GOGS_TIMEOUT: 'is Gogs running, and is its address right? "ota doctor" looks at every part',
  GOGS_UNAUTHORIZED: 'make a token in Gogs\' settings and run "ota init" again',
  GOGS_NOT_GOGS: 'check the address of the repository (--gogs)',
};

/** Where a name of an API was meant for programmers. */
const wordings: readonly (readonly [string, string])[] = [
  ['listPorts()', '"ota ports"'],
  ['list the ports', 'see "ota ports"'],
  ["force: ['", "--force '"],
  ["']", "'"],
];

/** What an error of any library means here. Never throws, and shows no secret: the libraries keep them out of messages. */
export function explainError(error: unknown): ExplainedError {
  if (error instanceof CliError) return pick(error, error.exitCode);
  if (!(error instanceof Error)) {
    return { code: 'UNKNOWN', message: sentence(String(error)), exitCode: exitCode.failed };
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const exit = exits.find(([pattern]) => pattern.test(code))?.[1] ?? exitCode.failed;
  return pick({ code, message: error.message }, exit);
}

function pick(error: { code: string; message: string }, exit: ExitCode): ExplainedError {
  const step = nextSteps[error.code];
  let message = step === undefined ? error.message : `${error.message.replace(/[.;]\s*$/, '')}; ${step}`;
  for (const [words, better] of wordings) message = message.replaceAll(words, better);
  return { code: error.code, message: sentence(message), exitCode: exit };
}

/** On one line: a traceback or the words of another program may have several. */
function sentence(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
