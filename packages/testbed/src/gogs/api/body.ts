import { unusableBody, type Answer } from './answer.ts';
import type { Call } from './call.ts';

type FieldType = 'string' | 'boolean' | 'number' | 'array' | 'object';

/** Fields that Go spells in another way than with a capital letter. */
const goNames: Readonly<Record<string, string>> = {
  username: 'UserName',
  clone_addr: 'CloneAddr',
  uid: 'UID',
  repo_name: 'RepoName',
};

/** Reads a JSON body as Gogs does: every problem has its own status and an array of errors. */
export function readBody(
  call: Call,
  fields: Readonly<Record<string, FieldType>>,
  required: readonly string[],
): { readonly values: Readonly<Record<string, unknown>> } | { readonly refused: Answer } {
  const contentType = call.headers['content-type'] ?? '';
  const isForm = contentType.includes('form-urlencoded') || contentType.includes('multipart/form-data');
  if (!contentType.includes('json') && !isForm) {
    const message = contentType === '' ? 'Empty Content-Type' : 'Unsupported Content-Type';
    return { refused: unusableBody(415, [{ classification: 'ContentTypeError', message }]) };
  }
  // The API's options have names for JSON only: in a form none of them is found.
  const parsed = isForm || call.body.length === 0 ? {} : parse(call.body);
  const mistyped = parsed && Object.entries(fields).find(([key, type]) => !isOfType(parsed[key], type));
  if (!parsed || mistyped) {
    const message = mistyped
      ? `json: cannot unmarshal into Go struct field .${mistyped[0]} of type ${mistyped[1]}`
      : 'invalid character looking for beginning of value';
    return { refused: unusableBody(400, [{ classification: 'DeserializationError', message }]) };
  }
  const missing = required.filter((key) => [undefined, null, '', 0].includes(parsed[key] as null));
  if (missing.length === 0) return { values: parsed };
  const errors = missing.map((key) => ({
    fieldNames: [goNames[key] ?? key.charAt(0).toUpperCase() + key.slice(1)],
    classification: 'RequiredError',
    message: 'Required',
  }));
  return { refused: unusableBody(422, errors) };
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    // Go finds the fields in any case.
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key.toLowerCase(), each as unknown]),
    );
  } catch {
    return undefined; // what exactly is wrong with it differs between JSON parsers
  }
}

function isOfType(value: unknown, type: FieldType): boolean {
  if (value === undefined || value === null) return true;
  if (type === 'array') return Array.isArray(value);
  return typeof value === type && !Array.isArray(value);
}
