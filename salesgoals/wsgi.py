"""The WSGI door that gunicorn opens."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesgoals.settings")

application = get_wsgi_application()
# Every view is imported here, before gunicorn forks: once for all its processes, not with the first request.
get_resolver().url_patterns  # noqa: B018
