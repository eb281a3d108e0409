"""Runs first at every boot. Nothing here can raise: everything that can fail is in main.py."""
