"""Reads JSON as it arrives: memory does not grow with the length of the document."""

from micropython import const

from ota.errors import OtaError

_STRING = const(512)
_CHAR = const(4)
_WORD = const(20)
# The document is an object (1) that has a list (2) of objects (3).
_LIST_DEPTH = const(2)
_ENTRY_DEPTH = const(3)
_END = const(-1)
_SPACE = b" \t\r\n"
_DELIMITERS = b" \t\r\n,:[]{}"
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JsonError(OtaError):
    """The document is cut short, or not what was asked for."""


class JsonStream:
    """Finds a list of objects in a document that comes from something with `readinto`."""

    def __init__(self, source, buf):
        self._source = source
        self._buf = buf
        self._length = 0
        self._position = 0
        self._text = bytearray(_STRING)

    def objects(self, key, visit):
        """Call `visit` with each object of the list that the document has under `key`.

        The dictionary given to `visit` is used again for the next object.
        """
        depth = 0
        found = listed = False
        name = value = None
        members = {}
        while True:
            char = self._token()
            if depth == 0 and char != "{":
                raise JsonError("the answer is not a JSON object")
            if char in "{[":
                depth += 1
                if depth == _LIST_DEPTH and char == "[" and name == key:
                    found = listed = True
                elif depth == _ENTRY_DEPTH:
                    members.clear()
                name = None
            elif char in "}]":
                if depth == _ENTRY_DEPTH and listed:
                    visit(members)
                elif depth == _LIST_DEPTH:
                    listed = False
                depth -= 1
                if depth == 0:
                    break
            elif char == ":":
                name = value
            elif char == ",":
                name = None
            else:
                value = self._string() if char == '"' else self._word(char)
                if name is None:
                    continue
                if depth == _ENTRY_DEPTH and listed:
                    members[name] = value
                elif depth == 1 and name == key and value is None:
                    # An empty list is null in Gogs.
                    found = True
        if not found:
            raise JsonError("the answer has no list '%s'" % key)
        byte = self._byte()
        while byte != _END:
            if byte not in _SPACE:
                raise JsonError("the answer goes on after its end")
            byte = self._byte()

    def _byte(self):
        if self._position == self._length:
            self._length = self._source.readinto(self._buf)
            self._position = 0
            if self._length == 0:
                return _END
        byte = self._buf[self._position]
        self._position += 1
        return byte

    def _next(self):
        byte = self._byte()
        if byte == _END:
            raise JsonError("the answer was cut short")
        return byte

    def _token(self):
        byte = self._next()
        while byte in _SPACE:
            byte = self._next()
        return chr(byte)

    def _word(self, word):
        byte = self._next()
        while byte not in _DELIMITERS:
            word += chr(byte)
            if len(word) > _WORD:
                raise JsonError("the answer is not JSON")
            byte = self._next()
        # The delimiter belongs to what follows.
        self._position -= 1
        if word in _WORDS:
            return _WORDS[word]
        try:
            return int(word)
        except ValueError:
            raise JsonError("the answer is not JSON")

    def _string(self):
        size = 0
        while True:
            byte = self._next()
            if byte == ord('"'):
                break
            if size + _CHAR > _STRING:
                raise JsonError("a text is longer than %d bytes" % _STRING)
            if byte == ord("\\"):
                data = self._escape().encode()
                self._text[size : size + len(data)] = data
                size += len(data)
            else:
                self._text[size] = byte
                size += 1
        try:
            return str(memoryview(self._text)[:size], "utf-8")
        except UnicodeError:
            raise JsonError("a text is not UTF-8")

    def _escape(self):
        char = chr(self._next())
        if char != "u":
            return _ESCAPES.get(char, char)
        code = self._hex4()
        if code >> 10 == 0xD800 >> 10:
            self._next()
            self._next()
            code = 0x10000 + ((code & 0x3FF) << 10 | self._hex4() & 0x3FF)
        return chr(code)

    def _hex4(self):
        try:
            return int("".join([chr(self._next()) for _ in range(4)]), 16)
        except ValueError:
            raise JsonError("the answer is not JSON")
