"""Django: with "mod_python.contrib.django" in INSTALLED_APPS there is `python manage.py runmodpython`."""
