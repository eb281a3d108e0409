"""Log lines on the console, filtered by name as the settings say."""

import re


def _join(parent, child):
    return parent + ":" + child if parent and child else parent or child


class Sink:
    """Where the lines go. `include` and `exclude` are lists of regular expressions on names."""

    def __init__(self, clock, enabled=True, include=(".*",), exclude=()):
        self._clock = clock
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

    def write(self, name, args):
        text = " ".join([str(arg) for arg in args])
        line = "[%s][%s] %s" % (self._clock.dateTimeIso(), name, text)
        print(line)
        return line


class Log:
    """Call it with what is to be logged; `append` makes a log with a longer name instead."""

    def __init__(self, sink, name=""):
        self._sink = sink
        self._name = name

    def __call__(self, *args, append=None, name=""):
        if append:
            return Log(self._sink, _join(self._name, append))
        full_name = _join(self._name, name)
        if not self._sink.wants(full_name):
            return None
        return self._sink.write(full_name, args)

    def warning(self, *args):
        """Log what a person has to know, whatever the filters say."""
        return self._sink.write(self._name, args)
