"""A module beside the pages; what they import from it is published, since it lies in the document tree."""

listed = "listed"


def borrowed():
    return "borrowed"
