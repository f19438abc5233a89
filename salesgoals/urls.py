"""The map of all doors: pages by room, the API under /api/v1/, probes, sign-in and the admin site."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf.urls.i18n import urlpatterns as i18n_urlpatterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from salesgoals import health

handler400 = "salesgoals.errors.bad_request"
handler403 = "salesgoals.errors.permission_denied"
handler404 = "salesgoals.errors.page_not_found"
handler500 = "salesgoals.errors.server_error"

PAGE_ROOMS = {
    "org": "org/",
    "crm": "crm/",
    "metrics": "metrics/",
    "targets": "targets/",
    "tracking": "tracking/",
}
API_ROOMS = {**PAGE_ROOMS, "incentives": "incentives/"}


def _pages() -> list[URLPattern | URLResolver]:
    rooms = {**PAGE_ROOMS, "incentives": "incentives/", "dashboards": ""}
    return [path(prefix, include(f"{room}.urls")) for room, prefix in rooms.items() if _has(f"{room}.urls")]


def _api() -> list[URLPattern | URLResolver]:
    return [
        path(at, include(f"{room}.api_urls")) for room, at in API_ROOMS.items() if _has(f"{room}.api_urls")
    ]


def _has(module: str) -> bool:
    room, _, _name = module.partition(".")
    return find_spec(room) is not None and find_spec(module) is not None


urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include(i18n_urlpatterns)),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
    path("api/v1/", include(_api())),
    *_pages(),
]
