import { randomBytes } from 'node:crypto';

/** The configuration of a Gogs that serves one test: loopback only, SQLite, no mail, no registration, requests logged. */
export function appIni(site: {
  readonly folder: string;
  readonly port: number;
  readonly user: string;
}): string {
  const { folder, port, user } = site;
  return `
RUN_USER = ${user}
RUN_MODE = prod
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
DOMAIN = 127.0.0.1
EXTERNAL_URL = http://127.0.0.1:${port}/
OFFLINE_MODE = true
START_SSH_SERVER = false
SSH_ROOT_PATH = ${folder}/ssh
SSH_KEY_TEST_PATH = ${folder}/tmp
SSH_KEYGEN_PATH = ${folder}/ssh-keygen
MINIMUM_KEY_SIZE_CHECK = false
DISABLE_ROUTER_LOG = false
APP_DATA_PATH = ${folder}/data
[repository]
ROOT = ${folder}/repositories
DEFAULT_BRANCH = main
[database]
TYPE = sqlite3
PATH = ${folder}/data/gogs.db
[security]
INSTALL_LOCK = true
SECRET_KEY = ${randomBytes(16).toString('hex')}
LOCAL_NETWORK_ALLOWLIST = *
[auth]
DISABLE_REGISTRATION = true
[session]
PROVIDER = memory
[picture]
DISABLE_GRAVATAR = true
[log]
MODE = console
LEVEL = Warn
ROOT_PATH = ${folder}/log
`;
}
