"""The on-device half of the update system; `ota.node.run()` is the way in."""

__version__ = "0.1.0"
