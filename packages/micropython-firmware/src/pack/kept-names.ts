const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

/** Names that the device files define and that something of MicroPython has too: who means which, nobody can tell. */
const micropython = words(`
  close connect copy feed get host listen localtime read readinto readline sleep sleep_us split time update verify_mode version
  write
`);

/** What applications use, as docs/node.md lists it, what the node uses of them, and what main.py calls. */
const api = words(`
  OtaError checkForUpdate compare confirm content dateTimeIso delete encoding error feed get head human json localtime patch
  post put raw readinto reason request run save sleep sleep_us start status_code text time warning
`);

/** The members of /ota.json, which are the attributes of a Journal. */
const journal = words('bad boots error good left reverted trial');

/** Functions that applications may call with parameters by name. */
const functions = words('__call__ publish request subscribe');

/** Tells whether a name of a module, class or object has to stay. */
export function isKept(name: string): boolean {
  return name.startsWith('__') || micropython.has(name) || api.has(name) || journal.has(name);
}

/** Tells whether the parameters of a function have to keep their names. */
export function keepsParameters(name: string): boolean {
  return functions.has(name);
}
