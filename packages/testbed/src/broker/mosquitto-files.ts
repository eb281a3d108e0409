import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loopback } from './free-port.ts';
import type { Credentials, ServerOptions, ServerPorts } from './server.ts';

const hashIterations = 101;

/** A folder that only its owner may read: configuration, password file, TLS key, and what Mosquitto retains. */
export class MosquittoFiles {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'ota-mosquitto-'));
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { credentials, certificates } = options;
    if (credentials) this.#write('passwords', `${passwordLine(credentials)}\n`);
    if (certificates) {
      this.#write('key.pem', certificates.key);
      this.#write('cert.pem', certificates.cert);
    }
  }

  /** @returns the path of a configuration for these ports. */
  writeConfig(ports: ServerPorts): string {
    const { credentials } = this.#options;
    const lines = [
      'per_listener_settings false',
      'connection_messages true', // they go to the log, where connects are counted
      'log_dest stderr',
      'log_type error',
      'log_type warning',
      'log_type notice',
      'set_tcp_nodelay true',
      'sys_interval 0',
      'persistence true',
      `persistence_location ${this.folder}/`,
      `allow_anonymous ${credentials ? 'false' : 'true'}`,
      ...(credentials ? [`password_file ${join(this.folder, 'passwords')}`] : []),
      // Started by root it would become the user "mosquitto", who may not read this folder.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
      `listener ${ports.plain} ${loopback}`,
      ...(ports.tls === undefined ? [] : this.#tlsLines(ports.tls)),
    ];
    return this.#write('mosquitto.conf', `${lines.join('\n')}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #tlsLines(port: number): string[] {
    return [
      `listener ${port} ${loopback}`,
      `certfile ${join(this.folder, 'cert.pem')}`,
      `keyfile ${join(this.folder, 'key.pem')}`,
    ];
  }

  #write(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }
}

/**
 * A line of a password file as `mosquitto_passwd` writes it since Mosquitto 2.0 ("$7$": PBKDF2 with SHA-512). Made
 * here because that program takes the password from its arguments or from a file in clear text.
 */
function passwordLine({ username, password }: Credentials): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, hashIterations, 64, 'sha512');
  return `${username}:$7$${hashIterations}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
