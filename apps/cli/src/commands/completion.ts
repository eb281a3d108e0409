import { z } from 'zod';
import { shells, type Shell } from '../completion/scripts.ts';
import { defineCommand } from '../framework/command.ts';
import { choiceArgument } from '../framework/options.ts';

export const command = defineCommand({
  name: 'completion',
  about: 'Prints what makes a shell complete ota: bash, zsh or fish.',
  args: { shell: choiceArgument('the shell', shells) },
  examples: [
    ['ota completion bash', 'a script: add the line  source <(ota completion bash)  to ~/.bashrc'],
    ['ota completion fish', 'the same for fish: write it to ~/.config/fish/completions/ota.fish'],
  ],
  result: z.object({ shell: z.enum(shells), script: z.string() }),

  run: async ({ args }) => {
    const { completedCommands } = await import('../completion/words.ts');
    const { completionScript } = await import('../completion/scripts.ts');
    const { registry } = await import('../registry.ts');
    const shell: Shell = args.shell;
    return { shell, script: completionScript(shell, await completedCommands(registry)) };
  },

  print: ({ script }, view) => {
    view.write(script);
  },
});
