from pathlib import Path

BASE = Path(__file__).parent.parent
SECRET_KEY = "only for the test"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"
INSTALLED_APPS = ["mod_python.contrib.django"]
STATIC_URL = "static/"
STATIC_ROOT = BASE / "collected"
