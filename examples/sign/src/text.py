"""A text that is shown one character at a time, over and over."""

import time


class Ticker:
    def __init__(self, glyphs, pause_ms):
        self._glyphs = glyphs
        self._pause_ms = pause_ms
        self._text = b""
        self._next = 0
        self._changed = time.ticks_ms()

    def say(self, text):
        self._text = bytes(text)
        self._next = 0
        self._changed = time.ticks_add(time.ticks_ms(), -self._pause_ms)

    def step(self):
        """Return the next character and its segments when it is time for it, else None."""
        now = time.ticks_ms()
        if not self._text or time.ticks_diff(now, self._changed) < self._pause_ms:
            return None
        self._changed = now
        code = self._text[self._next]
        self._next = (self._next + 1) % len(self._text)
        return chr(code) if code < 128 else "?", self._glyphs[code]
