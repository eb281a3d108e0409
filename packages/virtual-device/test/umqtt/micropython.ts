import { readFileSync } from 'node:fs';

interface MicroPython {
  readonly FS: {
    mkdir(path: string): void;
    writeFile(path: string, content: string): void;
  };
  runPython(source: string): void;
}

interface MicroPythonModule {
  readonly loadMicroPython: (options: {
    stdout: (line: string) => void;
    linebuffer: boolean;
  }) => Promise<MicroPython>;
}

/** A socket that gives what `Socket.inbox` holds, raises the exceptions in it, and records what it is used for. */
const fakeSocket = `
import sys

class Socket:
    inbox = []
    sent = bytearray()
    calls = []

    def __init__(self):
        self.blocking = True
        self.calls.append("socket")

    def settimeout(self, seconds):
        self.calls.append("settimeout %s" % seconds)

    def setblocking(self, flag):
        self.blocking = flag
        self.calls.append("setblocking %s" % flag)

    def connect(self, address):
        self.calls.append("connect %s:%s" % address)
        if self.inbox and self.inbox[0] == "refuse":
            self.inbox.pop(0)
            raise OSError(111)

    def close(self):
        self.calls.append("close")

    def write(self, data):
        if isinstance(data, str):
            data = data.encode()
        self.sent.extend(data)
        return len(data)

    def read(self, size):
        data = b""
        while len(data) < size and self.inbox:
            chunk = self.inbox.pop(0)
            if isinstance(chunk, Exception):
                raise chunk
            room = size - len(data)
            data += chunk[:room]
            if len(chunk) > room:
                self.inbox.insert(0, chunk[room:])
            elif not chunk:
                break
        if not data and size and not self.blocking:
            return None
        return data

class socket:
    socket = Socket

    @staticmethod
    def getaddrinfo(host, port):
        return [(2, 1, 0, host, ("10.0.0.1" if host == "broker.test" else host, port))]

sys.modules["socket"] = socket
sys.path.append("/lib")
`;

/** Runs Python in a fresh interpreter that has `umqtt` and the fake socket; returns the lines it printed. */
export async function runPython(interpreter: string, source: string): Promise<string[]> {
  const lines: string[] = [];
  const { loadMicroPython } = (await import(interpreter)) as MicroPythonModule;
  const python = await loadMicroPython({ stdout: (line) => lines.push(line), linebuffer: true });
  python.FS.mkdir('/lib');
  python.FS.mkdir('/lib/umqtt');
  for (const name of ['simple.py', 'robust.py']) {
    const file = new URL(`../../micropython/umqtt/${name}`, import.meta.url);
    python.FS.writeFile(`/lib/umqtt/${name}`, readFileSync(file, 'utf8'));
  }
  python.runPython(fakeSocket + source);
  return lines;
}
