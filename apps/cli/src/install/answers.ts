import { usageError } from '../framework/cli-error.ts';
import type { BaseContext } from '../framework/context.ts';
import { secretSpecs, type SecretName, type SettingName } from '../framework/settings/definitions.ts';
import { waysToGive } from '../framework/settings/settings.ts';

/** Questions to the user. What a flag or the environment says is not asked for; what is known otherwise is proposed. */
export class Answers {
  readonly #context: BaseContext;
  readonly #missing: string[] = [];

  constructor(context: BaseContext) {
    this.#context = context;
  }

  /**
   * @param check throws for an answer that cannot be right; then it is asked for again.
   * @returns the empty text where nothing is known, nobody can be asked, and `need` is off.
   */
  async setting(
    name: Exclude<SettingName, 'port' | 'baud' | 'flashBaud'>,
    question: string,
    { need = true, check = () => undefined }: { need?: boolean; check?: (answer: string) => unknown } = {},
  ): Promise<string> {
    const { value = '', origin } = await this.#context.allSettings.resolve(name);
    const isSaid = origin.kind === 'flag' || origin.kind === 'environment';
    if (isSaid || !this.#asks) {
      if (value === '' && need) this.#missing.push(`"${name}" (${waysToGive(name)})`);
      if (value !== '') check(value);
      return value;
    }
    for (;;) {
      const answer = await this.#context.prompter.ask(question, value);
      try {
        if (answer === '' && need) throw usageError('an answer is needed');
        if (answer !== '') check(answer);
        return answer;
      } catch (error) {
        this.#context.say(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** An empty answer keeps what is known. */
  async secret(
    name: SecretName,
    question: string,
    { need = true }: { need?: boolean } = {},
  ): Promise<string> {
    const { value = '', origin } = await this.#context.allSettings.secret(name);
    const { env, file } = secretSpecs[name];
    const isFromNode = origin.kind === 'file' && /^(wifi|node)settings\.py$/.test(origin.name);
    const isSaid = origin.kind !== 'none' && !isFromNode;
    if (isSaid || !this.#asks) {
      if (value === '' && need) this.#missing.push(`"${name}" (${env} or ${waysToGive(file)})`);
      return value;
    }
    const hint = value === '' ? '' : ' [as before]';
    return (await this.#context.prompter.askSecret(question + hint)) || value;
  }

  /** @throws CliError USAGE that names everything that was not given. */
  requireAll(): void {
    if (this.#missing.length === 0) return;
    throw usageError(`not everything is known: give ${this.#missing.join('; ')}`);
  }

  get #asks(): boolean {
    return this.#context.prompter.canAsk && !this.#context.yes && !this.#context.isJson;
  }
}
