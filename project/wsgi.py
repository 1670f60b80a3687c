import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = get_wsgi_application()

# What is loaded by now stays until the process ends. To look through all of it now and then would make some requests a
# tenth of a second slower.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
