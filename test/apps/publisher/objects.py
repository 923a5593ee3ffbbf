"""Things to publish and things that must stay hidden, some of them from elsewhere (decision A7)."""

# ruff: noqa: F401 - imported to be published, or not

import os
from os import getcwd
from os.path import join as path_join

from neighbour import borrowed, listed

__all__ = ["index", "path_join", "listed"]

_hidden = "hidden"
name = "a variable"


class Branch:
    leaf = "a leaf"

    def grow(self, times="1"):
        return "grown %s times" % times

    def _prune(self):
        return "hidden"


branch = Branch()
branch.twig = Branch()


def index():
    return "the index of objects"
