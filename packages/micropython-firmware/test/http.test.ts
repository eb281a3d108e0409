import { describe, expect, it } from 'vitest';
import { useNode } from './helpers/python.ts';

const { run } = useNode();

/** What a request brings when the server's bytes are these; a second answer is that of a second connection. */
async function ask(answers: string[], method = 'GET', more = ''): Promise<string> {
  const texts = answers.map((answer) => JSON.stringify(answer)).join(', ');
  return run(`
import io
from ota import OtaError, http

opened = []
class Stream:
    def __init__(self, *_):
        self.stream = io.BytesIO(answers[len(opened)].encode())
        self.sent = b''
        self.closed = False
        opened.append(self)
    def begin(self): pass
    def write(self, data): self.sent += data
    def readline(self): return self.stream.readline(1024)
    def readinto(self, buf, count): return self.stream.readinto(buf, count)
    def close(self): self.closed = True

answers = [${texts}]
real = http.Stream
http.Stream = Stream
try:
    connection = http.Connection(False, 'h', 80, 5)
    ${
      more.trimStart() ||
      `with connection.request('${method}', '/p') as response:
        print(response.status_code, response.read())`
    }
except OtaError as error:
    print('OtaError:', error)
finally:
    http.Stream = real
print([sock.closed for sock in opened])
`);
}

const ok = 'HTTP/1.1 200 OK\r\n';

describe('an HTTP answer', () => {
  it.each([
    ['with a length', `${ok}Content-Length: 5\r\n\r\nhello`, "200 b'hello'\n[False]"],
    ['with header names in any case', `${ok}cOnTeNt-LeNgTh: 5 \r\n\r\nhello`, "200 b'hello'\n[False]"],
    ['without a body', `${ok}Content-Length: 0\r\n\r\n`, "200 b''\n[False]"],
    [
      'in chunks',
      `${ok}Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n`,
      "200 b'hello'\n[False]",
    ],
    ['that ends with the connection', `${ok}\r\nhello`, "200 b'hello'\n[True]"],
    [
      'whose server wants to close',
      `${ok}Connection: close\r\nContent-Length: 5\r\n\r\nhello`,
      "200 b'hello'\n[True]",
    ],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello', "200 b'hello'\n[True]"],
    ['without a reason', 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n', "404 b''\n[False]"],
  ])('%s is read', async (_what, answer, expected) => {
    expect(await ask([answer])).toBe(expected);
  });

  it.each([
    ['is cut short', `${ok}Content-Length: 9\r\n\r\nhello`, 'the answer was cut short'],
    ['is cut in a chunk', `${ok}Transfer-Encoding: chunked\r\n\r\n9\r\nhello`, 'the answer was cut short'],
    [
      'is cut between chunks',
      `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
      'the server closed the connection',
    ],
    [
      'has a longer chunk than it says',
      `${ok}Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n`,
      'a chunk is longer than it says',
    ],
    [
      'has a chunk of odd length',
      `${ok}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
      'a length is not a number',
    ],
    ['has a negative length', `${ok}Content-Length: -5\r\n\r\nhello`, 'a length is not a number'],
    ['has two lengths', `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 'two different lengths'],
    ['is compressed', `${ok}Content-Encoding: gzip\r\n\r\nhello`, "b'Content-Encoding: gzip' cannot be read"],
    [
      'is encoded otherwise',
      `${ok}Transfer-Encoding: gzip, chunked\r\n\r\nhello`,
      "b'Transfer-Encoding: gzip, chunked' cannot be read",
    ],
    ['is not HTTP', 'SSH-2.0-OpenSSH\r\n', 'the answer is not HTTP'],
    ['has no status', 'HTTP/1.1 OK\r\n', 'the answer is not HTTP'],
    ['is nothing', '', 'the server closed the connection'],
    ['has an endless line', `HTTP/1.1 200 ${'x'.repeat(2000)}`, 'a line is cut short or too long'],
    ['has endless headers', ok + 'X: y\r\n'.repeat(100), 'too many headers'],
  ])('that %s is refused, and the connection closed', async (_what, answer, message) => {
    expect(await ask([answer])).toBe(`OtaError: ${message}\n[True]`);
  });

  it('longer than allowed is refused', async () => {
    const answer = `${ok}\r\n${'x'.repeat(300)}`;
    const program = `with connection.request('GET', '/p') as response:
        print(response.read(256))`;
    expect(await ask([answer], 'GET', program)).toBe('OtaError: the answer is too long\n[True]');
  });

  it('to HEAD has no body, whatever its length says', async () => {
    expect(await ask([`${ok}Content-Length: 5\r\n\r\n`], 'HEAD')).toBe("200 b''\n[False]");
  });
});

describe('a connection', () => {
  const two = `for _ in range(2):
        with connection.request('GET', '/p', 'Authorization: token x\\r\\n') as response:
            print(response.read())`;

  it('is kept for the next request', async () => {
    const answer = `${ok}Content-Length: 1\r\n\r\na`;
    expect(await ask([answer + answer], 'GET', two)).toBe("b'a'\nb'a'\n[False]");
  });

  it('that the server closed meanwhile is opened once more', async () => {
    const answer = `${ok}Content-Length: 1\r\n\r\na`;
    expect(await ask([answer, answer], 'GET', two)).toBe("b'a'\nb'a'\n[True, False]");
  });

  it('on which a body was left unread is not used again', async () => {
    const answer = `${ok}Content-Length: 1\r\n\r\na`;
    const program = `for _ in range(2):
        with connection.request('GET', '/p') as response:
            print(response.status_code)`;
    expect(await ask([answer, answer], 'GET', program)).toBe('200\n200\n[True, True]');
  });

  it('sends a request that names its host and its length', async () => {
    const program = `connection.request('POST', '/p', 'X: y\\r\\n', b'12')
    print(opened[0].sent)`;
    expect(await ask([`${ok}Content-Length: 0\r\n\r\n`], 'POST', program)).toBe(
      "b'POST /p HTTP/1.1\\r\\nHost: h\\r\\nX: y\\r\\nContent-Length: 2\\r\\n\\r\\n12'\n[False]",
    );
  });
});
