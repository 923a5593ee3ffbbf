"""Bridges to frameworks, each for those who use it."""
