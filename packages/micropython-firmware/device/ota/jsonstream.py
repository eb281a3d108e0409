"""Reads JSON as it arrives: memory does not grow with the length of the document."""

import json

from micropython import const

from ota import wrong_answer


_STRING = const(512)
_WORD = const(20)
_DEPTH = const(8)
_QUOTE = const(34)
_BACKSLASH = const(92)
_SPACE = b" \t\r\n"
_DELIMITERS = b" \t\r\n,:[]{}"


class JsonStream:
    """Takes a document apart that comes from something with `readinto`."""

    def __init__(self, source, buf, limit):
        self._source = source
        self._buf = buf
        self._length = self._position = 0
        self._left = limit

    def events(self):
        """Yield (depth, key, value) for each member of an object.

        The value is () where a list or an object begins, None for a text of more than 512 bytes;
        the key is None where an object ends.
        """
        depth = 0
        key = value = None
        begun = False
        while depth or not begun:
            byte = self._next()
            if byte in _SPACE:
                continue
            char = chr(byte)
            if not begun and char not in "{[":
                raise wrong_answer("is not JSON")
            begun = True
            if char in "{[":
                if key is not None:
                    yield depth, key, ()
                key = None
                depth += 1
                if depth > _DEPTH:
                    raise wrong_answer("is nested too deeply")
            elif char in "}]":
                if char == "}":
                    yield depth, None, None
                depth -= 1
            elif char == ":":
                key = value
            elif char == ",":
                key = None
            else:
                value = self._string() if char == '"' else self._word(char)
                if key is not None:
                    yield depth, key, value
        while self._more():
            if self._next() not in _SPACE:
                raise wrong_answer("goes on after its end")

    def _more(self):
        """Tell whether there is another byte."""
        if self._position == self._length:
            self._length = self._source.readinto(self._buf)
            self._position = 0
            self._left -= self._length
            if self._left < 0:
                raise wrong_answer("is too long")
        return self._length

    def _next(self):
        if not self._more():
            raise wrong_answer("was cut short")
        byte = self._buf[self._position]
        self._position += 1
        return byte

    def _word(self, word):
        byte = self._next()
        while byte not in _DELIMITERS:
            word += chr(byte)
            if len(word) > _WORD:
                raise wrong_answer("is not JSON")
            byte = self._next()
        # The delimiter belongs to what follows.
        self._position -= 1
        return _value(word)

    def _string(self):
        text = bytearray(b'"')
        byte = 0
        fits = True
        while byte != _QUOTE:
            byte = self._next()
            text.append(byte)
            if byte == _BACKSLASH:
                text.append(self._next())
            if len(text) > _STRING:
                # Nothing that anybody looks for.
                fits = False
                text = bytearray()
        return _value(text) if fits else None


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        raise wrong_answer("is not JSON")
