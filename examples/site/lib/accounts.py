"""Who may enter. The passwords, of eggs: spam, and of joe: eoj, are kept as salted hashes."""

import hashlib
import hmac

SALT = b"a salt of your own"
PASSWORDS = {
    "eggs": "6af66dc515257c5150737c8c859470dd712f3c562cf9950f",
    "joe": "45372110883fd427137362948a1d0f4859f11fc82299b630",
}
GROUPS = {"editors": {"eggs"}, "everybody": {"eggs", "joe"}}


def check_password(req, user, password):
    """Return True or False, or None for a user whom only another provider may know."""
    known = PASSWORDS.get(user)
    return known and hmac.compare_digest(known, _hash(password))


def in_group(req, *groups):
    """Tell whether the user is in one of the groups that the Require line names."""
    return any(req.user in GROUPS[group] for group in groups)


def _hash(password):
    return hashlib.scrypt(password.encode("utf-8", "surrogateescape"), salt=SALT, n=4096, r=8, p=1, dklen=24).hex()
