import { InvalidArgumentError } from 'commander';

/** One option of a command. Its name is its key in `options`, as `--kebab-case`. */
export interface OptionSpec<T> {
  readonly about: string;
  /** A single letter. */
  readonly short?: string;
  /** Such as `<seconds>`; without one the option is a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly isList?: boolean;
  /** What a shell offers for the value. */
  readonly completes?: 'file' | 'directory';
  readonly parse: (text: string) => unknown;
  readonly initial: T;
}

/** One operand of a command, in the order of the keys in `args`. */
export interface ArgumentSpec<T> {
  readonly about: string;
  readonly isOptional: boolean;
  readonly isList: boolean;
  readonly choices?: readonly string[];
  readonly completes?: 'file' | 'directory';
  /** Only for the type. */
  readonly of?: T;
}

interface Common {
  readonly short?: string;
  /** The word in the help. */
  readonly value?: string;
  readonly completes?: 'file' | 'directory';
}

/** A switch. */
export function flag(about: string, more: { short?: string } = {}): OptionSpec<boolean> {
  return { about, ...more, parse: () => true, initial: false };
}

export function text(about: string, more: Common = {}): OptionSpec<string | undefined> {
  return { about, value: 'text', ...more, parse: (given) => given, initial: undefined };
}

/** May be given several times. */
export function texts(about: string, more: Common = {}): OptionSpec<readonly string[]> {
  return { about, value: 'text', ...more, isList: true, parse: (given) => given, initial: [] };
}

export function choice<const C extends string>(
  about: string,
  choices: readonly C[],
  more: Common = {},
): OptionSpec<C | undefined> {
  return { about, value: choices.join('|'), ...more, choices, parse: (given) => given, initial: undefined };
}

/** One of these, and may be given several times. */
export function choices<const C extends string>(
  about: string,
  names: readonly C[],
  more: Common = {},
): OptionSpec<readonly C[]> {
  return {
    about,
    value: names.join('|'),
    ...more,
    choices: names,
    isList: true,
    parse: (given) => given,
    initial: [],
  };
}

/** A number of 0 or more; fractions are fine. */
export function amount(about: string, more: Common = {}): OptionSpec<number | undefined> {
  return { about, value: 'number', ...more, parse: parseAmount, initial: undefined };
}

/** A whole number of 1 or more. */
export function count(about: string, more: Common = {}): OptionSpec<number | undefined> {
  return { about, value: 'number', ...more, parse: parseCount, initial: undefined };
}

/** Bytes: `4096`, `0x1000`. */
export function address(about: string, more: Common = {}): OptionSpec<number | undefined> {
  return { about, value: 'address', ...more, parse: parseAddress, initial: undefined };
}

export function argument(about: string, more: Pick<Common, 'completes'> = {}): ArgumentSpec<string> {
  return { about, ...more, isOptional: false, isList: false };
}

export function optionalArgument(
  about: string,
  more: Pick<Common, 'completes'> = {},
): ArgumentSpec<string | undefined> {
  return { about, ...more, isOptional: true, isList: false };
}

/** One of these words. */
export function choiceArgument<const C extends string>(
  about: string,
  choices: readonly C[],
): ArgumentSpec<C> {
  return { about: `${about}: ${choices.join(', ')}`, choices, isOptional: false, isList: false };
}

/** One or more. */
export function argumentList(
  about: string,
  more: Pick<Common, 'completes'> & { isOptional?: boolean } = {},
): ArgumentSpec<readonly string[]> {
  return { about, isOptional: false, ...more, isList: true };
}

export function parseAmount(given: string): number {
  const value = given.trim() === '' ? NaN : Number(given);
  if (!(value >= 0 && value < Infinity))
    throw new InvalidArgumentError('it has to be a number of 0 or more.');
  return value;
}

export function parseCount(given: string): number {
  if (!/^[1-9]\d*$/.test(given)) throw new InvalidArgumentError('it has to be a whole number of 1 or more.');
  return Number(given);
}

function parseAddress(given: string): number {
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(given)) {
    throw new InvalidArgumentError('it has to be a number such as 4096 or 0x1000.');
  }
  return Number(given);
}

/** `flashBaud` is `flash-baud` on the command line. */
export function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
