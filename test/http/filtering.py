"""The site of the filter tests: every filter of test/apps/filters by its name, chosen by the query."""

import requests

OUTPUT = (
    "upper who mark lines forgetful sparing one_line limited nothing hold cut cut_and_leave cut_and_write all_on "
    "sign first_line first_call sniff kinds rules keep seen aside where keep_length fail fail_at_end fail_second "
    "fail_queued forbid forbid_at_end leave nonsense leave_process"
).split()
INPUT = (
    "lower who mark lines forgetful sparing one_line limited nothing collect hold cut all_on sign "
    "first_line first_call sniff fail fail_at_end fail_second forbid forbid_at_end leave_process rules"
).split()

PATH = "PythonPath \"sys.path + ['${DOCROOT}']\""
SITE = "\n".join(
    [
        PATH,
        "PythonFixupHandler pages::choose_filters",
        *(f"PythonOutputFilter flt::{name} {name}" for name in OUTPUT),
        *(f"PythonInputFilter flt::{name} {name}" for name in INPUT),
        "<Location /py>",
        "SetHandler mod_python",
        "PythonHandler pages",
        "</Location>",
        "",
    ]
)


def section(name, *directives):
    return "\n".join([f"<{name}>", *directives, f"</{name.partition(' ')[0]}>"])


CUT = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)
"""What the client sees of an answer that is not whole."""
