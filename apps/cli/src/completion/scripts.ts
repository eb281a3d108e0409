import type { CompletedCommand, CompletedOption } from './words.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What a shell has to read to complete `ota`. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return { bash, zsh, fish }[shell](commands);
}

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, options, operands }) => {
    const flags = options.flatMap(({ long, short }) => [`--${long}`, ...(short ? [`-${short}`] : [])]);
    const values = options
      .filter(({ value }) => value !== undefined)
      .map((option) => `        ${patternOf(option)}) ${reply(option.value ?? 'any')}; return ;;`);
    return [
      `    ${name})`,
      ...['      case $before in', ...values, '      esac'],
      `      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "${flags.join(' ')}" -- "$word"))`,
      `      else ${reply(operands)}; fi ;;`,
    ].join('\n');
  });
  const names = commands.map(({ name }) => name).join(' ');
  return `# ota completion bash: source it in ~/.bashrc
_ota() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${names} help --help --version" -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    help) COMPREPLY=($(compgen -W "${names}" -- "$word")) ;;
  esac
}
complete -o filenames -F _ota ota
`;
}

function patternOf({ long, short }: CompletedOption): string {
  return short === undefined ? `--${long}` : `--${long}|-${short}`;
}

function reply(value: NonNullable<CompletedOption['value']>): string {
  if (value === 'any') return 'COMPREPLY=()';
  if (value === 'file') return 'COMPREPLY=($(compgen -f -- "$word"))';
  if (value === 'directory') return 'COMPREPLY=($(compgen -d -- "$word"))';
  return `COMPREPLY=($(compgen -W "${value.join(' ')}" -- "$word"))`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string): string =>
    text.replaceAll(/[\\[\]:']/g, (sign) => (sign === "'" ? "'\\''" : `\\${sign}`));
  const action = (value: CompletedCommand['operands']): string =>
    value === 'any'
      ? ' '
      : value === 'file'
        ? '_files'
        : value === 'directory'
          ? '_files -/'
          : `(${value.join(' ')})`;
  const cases = commands.map(({ name, options, operands }) => {
    const specs = options.flatMap(({ long, short, about, value }) => {
      const tail = `[${quoted(about)}]${value === undefined ? '' : `:value:${action(value)}`}`;
      return [`'*--${long}${tail}'`, ...(short ? [`'*-${short}${tail}'`] : [])];
    });
    return `    ${name}) _arguments ${[...specs, `'*:operand:${action(operands)}'`].join(' \\\n      ')} ;;`;
  });
  const names = commands.map(({ name, about }) => `    '${name}:${quoted(about)}'`);
  return `#compdef ota
# ota completion zsh: write it to a file named _ota in a directory of $fpath
_ota() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local name=$words[2]
  shift words; (( CURRENT-- ))
  case $name in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _ota ]; then _ota "$@"; else compdef _ota ota; fi
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, (sign) => `\\${sign}`)}'`;
  const lines = commands.flatMap(({ name, about, options, operands }) => {
    const only = `complete -c ota -n '__fish_seen_subcommand_from ${name}'`;
    const isLocal = operands === 'file' || operands === 'directory';
    return [
      `complete -c ota -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`,
      ...(isLocal ? [`${only} -F`] : []),
      ...(typeof operands === 'object' ? [`${only} -a ${quoted(operands.join(' '))}`] : []),
      ...options.map(({ long, short, about: what, value }) => {
        const takes =
          value === undefined
            ? ''
            : typeof value === 'object'
              ? ` -x -a ${quoted(value.join(' '))}`
              : value === 'any'
                ? ' -x'
                : ' -r -F';
        return `${only} -l ${long}${short === undefined ? '' : ` -s ${short}`}${takes} -d ${quoted(what)}`;
      }),
    ];
  });
  return `# ota completion fish: write it to ~/.config/fish/completions/ota.fish\ncomplete -c ota -f\n${lines.join('\n')}\n`;
}
