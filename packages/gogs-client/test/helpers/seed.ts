/**
 * The same random cases in every run, so that a run that passed says something of the next; `OTA_SEED=<number>` tries others, and a failing run
 * prints its own.
 */
export const seed = Number(process.env['OTA_SEED'] ?? 1);
