"""Hands the board to the node: update, then the application in /src."""

from ota import node

node.run()
