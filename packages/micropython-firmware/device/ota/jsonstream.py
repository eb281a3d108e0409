"""Reads JSON as it arrives: memory does not grow with the length of the document."""

from micropython import const

from ota.errors import OtaError

_STRING = const(512)
_DEPTH = const(16)

_QUOTE = const(0x22)
_COMMA = const(0x2C)
_COLON = const(0x3A)
_BACKSLASH = const(0x5C)
_ARRAY = const(0x5B)
_ARRAY_END = const(0x5D)
_OBJECT = const(0x7B)
_OBJECT_END = const(0x7D)
_SPACE = b" \t\r\n"
_WORD_END = b",]} \t\r\n"
_ESCAPES = {0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9}
_WORDS = {"true": True, "false": False, "null": None}


class JsonError(OtaError):
    """The document is not what was asked for."""


class JsonStream:
    """Reads `{..., key: [{...}, {...}], ...}` from a source with `readinto`."""

    def __init__(self, source, buf):
        self._source = source
        self._buf = buf
        self._length = 0
        self._position = 0
        self._text = bytearray(_STRING)
        self._size = 0

    def objects(self, key, wanted, visit):
        """Call `visit` with the `wanted` members of each object in the array named `key`.

        The dictionary given to `visit` is used again for the next object.
        """
        found = False
        if self._token() != _OBJECT:
            raise JsonError("the answer is not a JSON object")
        token = self._token()
        while token != _OBJECT_END:
            name = self._name(token)
            token = self._token()
            if name != key:
                self._value(token, False)
            elif token == _ARRAY:
                found = True
                self._array(wanted, visit)
            elif self._value(token, True) is None:
                # An empty tree is "null" in Gogs.
                found = True
            token = self._separator(_OBJECT_END)
        if not found:
            raise JsonError("the answer has no list '%s'" % key)
        while True:
            byte = self._byte()
            if byte < 0:
                return
            if byte not in _SPACE:
                raise JsonError("the answer goes on after its end")

    def _array(self, wanted, visit):
        members = {}
        token = self._token()
        while token != _ARRAY_END:
            if token != _OBJECT:
                raise JsonError("an entry is not an object")
            members.clear()
            token = self._token()
            while token != _OBJECT_END:
                name = self._name(token)
                value = self._value(self._token(), name in wanted)
                if name in wanted:
                    members[name] = value
                token = self._separator(_OBJECT_END)
            visit(members)
            token = self._separator(_ARRAY_END)

    def _byte(self):
        if self._position == self._length:
            self._length = self._source.readinto(self._buf)
            self._position = 0
            if self._length == 0:
                return -1
        byte = self._buf[self._position]
        self._position += 1
        return byte

    def _next(self):
        byte = self._byte()
        if byte < 0:
            raise JsonError("the answer was cut short")
        return byte

    def _token(self):
        while True:
            byte = self._next()
            if byte not in _SPACE:
                return byte

    def _separator(self, end):
        token = self._token()
        if token == end:
            return end
        if token != _COMMA:
            raise JsonError("a comma is missing")
        token = self._token()
        if token == end:
            raise JsonError("a comma is too many")
        return token

    def _name(self, token):
        if token != _QUOTE:
            raise JsonError("a name is missing")
        name = self._string(True)
        if self._token() != _COLON:
            raise JsonError("a colon is missing")
        return name

    def _value(self, token, keep):
        if token == _QUOTE:
            return self._string(keep)
        if token in (_OBJECT, _ARRAY):
            return self._skip()
        return self._word(token)

    def _skip(self):
        depth = 1
        while depth:
            token = self._token()
            if token == _QUOTE:
                self._string(False)
            elif token in (_OBJECT, _ARRAY):
                depth += 1
                if depth > _DEPTH:
                    raise JsonError("the answer is nested too deeply")
            elif token in (_OBJECT_END, _ARRAY_END):
                depth -= 1
        return ""

    def _word(self, token):
        word = ""
        while token not in _WORD_END:
            word += chr(token)
            if len(word) > 20:
                raise JsonError("a value is too long")
            token = self._next()
        self._position -= 1
        if word in _WORDS:
            return _WORDS[word]
        try:
            return int(word)
        except ValueError:
            raise JsonError("a value is not JSON")

    def _put(self, byte):
        if self._size == _STRING:
            raise JsonError("a text is longer than %d bytes" % _STRING)
        self._text[self._size] = byte
        self._size += 1

    def _string(self, keep):
        self._size = 0
        while True:
            byte = self._next()
            if byte == _QUOTE:
                break
            if byte == _BACKSLASH:
                self._escape(keep)
            elif keep:
                self._put(byte)
        if not keep:
            return ""
        try:
            return str(memoryview(self._text)[: self._size], "utf-8")
        except UnicodeError:
            raise JsonError("a text is not UTF-8")

    def _escape(self, keep):
        byte = self._next()
        if byte != 0x75:
            if keep:
                self._put(_ESCAPES.get(byte, byte))
            return
        code = self._hex4()
        if 0xD800 <= code < 0xDC00:
            if self._next() != _BACKSLASH or self._next() != 0x75:
                raise JsonError("half a character")
            code = 0x10000 + ((code - 0xD800) << 10) + (self._hex4() - 0xDC00)
        if keep:
            for byte in chr(code).encode():
                self._put(byte)

    def _hex4(self):
        code = 0
        for _ in range(4):
            try:
                code = code * 16 + int(chr(self._next()), 16)
            except ValueError:
                raise JsonError("a character code is not hexadecimal")
        return code
