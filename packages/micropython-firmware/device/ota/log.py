"""Log lines: on the console as the settings say, in a ring that survives a reset, and by MQTT."""

import re


class Sink:
    """Where the lines go. `include` and `exclude` are lists of regular expressions on names."""

    def __init__(self, clock, ring=None):
        self.publish = None
        self._clock = clock
        self._ring = ring
        self.configure(True, (".*",), ())

    def configure(self, enabled, include, exclude):
        self._enabled = enabled
        self._include = [re.compile(pattern) for pattern in include]
        self._exclude = [re.compile(pattern) for pattern in exclude]

    def wants(self, name):
        if not self._enabled:
            return False
        for pattern in self._exclude:
            if pattern.search(name):
                return False
        for pattern in self._include:
            if pattern.search(name):
                return True
        return False

    def write(self, name, args, loud=False):
        text = " ".join([str(arg) for arg in args])
        line = "[%s][%s] %s" % (self._clock.dateTimeIso(), name, text)
        print(line)
        if self._ring is not None:
            self._ring.line(line)
        if loud and self.publish is not None:
            self.publish("ota/log", line)
        return line


class Log:
    """Call it with what is to be logged; `append` makes a log with a longer name instead."""

    def __init__(self, sink, name=""):
        self._sink = sink
        self._name = name

    def __call__(self, *args, append=None, name=""):
        if append:
            return Log(self._sink, self._name + ":" + append if self._name else append)
        full_name = self._name + ":" + name if self._name and name else self._name or name
        if not self._sink.wants(full_name):
            return None
        return self._sink.write(full_name, args)

    def warning(self, *args):
        """Log what a person has to know, whatever the filters say."""
        return self._sink.write(self._name, args, True)

    error = warning
