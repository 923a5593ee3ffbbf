"""What httpd calls: the configuration says where the site's data is, and Django does the rest."""

import os

from django.core.wsgi import get_wsgi_application

from mod_python import apache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
os.environ["MYSITE_STATE"] = apache.main_server.get_options()["mysite.state"]

application = get_wsgi_application()
