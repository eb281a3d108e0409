"""Reads JSON as it arrives: memory does not grow with the length of the document."""

import json

from micropython import const

from ota.errors import OtaError

_STRING = const(512)
_WORD = const(20)
_DEPTH = const(8)
_END = const(-1)
_SPACE = b" \t\r\n"
_DELIMITERS = b" \t\r\n,:[]{}"


class JsonError(OtaError):
    """The document is cut short, or not what was asked for."""


class JsonStream:
    """Takes a document apart that comes from something with `readinto`."""

    def __init__(self, source, buf):
        self._source = source
        self._buf = buf
        self._length = 0
        self._position = 0

    def events(self):
        """Yield (depth, key, value) for each member of an object.

        The value is () where a list or an object begins; the key is None where an object ends.
        """
        depth = 0
        key = value = None
        while True:
            char = self._token()
            if depth == 0 and char not in "{[":
                raise JsonError("the answer is not a JSON object or list")
            if char in "{[":
                if key is not None:
                    yield depth, key, ()
                key = None
                depth += 1
                if depth > _DEPTH:
                    raise JsonError("the answer is nested too deeply")
            elif char in "}]":
                if char == "}":
                    yield depth, None, None
                depth -= 1
                if depth == 0:
                    break
            elif char == ":":
                key = value
            elif char == ",":
                key = None
            else:
                value = self._string() if char == '"' else self._word(char)
                if key is not None:
                    yield depth, key, value
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
        return _value(word)

    def _string(self):
        text = bytearray(b'"')
        byte = 0
        while byte != ord('"'):
            if len(text) > _STRING:
                raise JsonError("a text is longer than %d bytes" % _STRING)
            byte = self._next()
            text.append(byte)
            if byte == ord("\\"):
                text.append(self._next())
        try:
            return _value(str(text, "utf-8"))
        except UnicodeError:
            raise JsonError("a text is not UTF-8")


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        raise JsonError("the answer is not JSON")
