"""A published page that guards itself. __auth__ and __access__ may also stand in a class or a single function."""

from accounts import check_password

from mod_python.psp import PSP

__auth_realm__ = "Vault: eggs, password spam"
__auth__ = check_password  # a function of the request, the user's name and the password; or a dictionary
__access__ = ["eggs"]


def index(req):
    return PSP(req, "vault.html")
