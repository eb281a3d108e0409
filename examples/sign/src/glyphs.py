"""The shapes of the characters: a byte for each of the 128 characters of ASCII."""

_SIZE = 128


class Glyphs:
    def __init__(self, path):
        with open(path, "rb") as file:
            self._table = file.read()
        if len(self._table) != _SIZE:
            raise ValueError("%s has %d bytes, not %d" % (path, len(self._table), _SIZE))

    def __getitem__(self, code):
        return self._table[code] if code < _SIZE else 0
