"""The application, as Django's own documentation writes it, and the database that it needs."""

import fcntl
import os

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guestbook.settings")

application = get_wsgi_application()


def prepare():
    """Make the tables, and the user who may enter the admin; one process does it, the others wait."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - not before the application is there

    with open(settings.STATE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        call_command("migrate", verbosity=0)
        if not User.objects.filter(username="eggs").exists():
            User.objects.create_superuser("eggs", password="spam")


prepare()
