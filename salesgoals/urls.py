"""The map of all doors: pages by room, the API under /api/v1/, probes, sign-in and the admin site."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from org.views.preferences import language_set
from salesgoals import health

handler400 = "salesgoals.errors.bad_request"
handler403 = "salesgoals.errors.permission_denied"
handler404 = "salesgoals.errors.page_not_found"
handler500 = "salesgoals.errors.server_error"

API_ROOMS = ("org", "crm", "metrics", "targets", "tracking")

# The admin site's own sign-in would know neither limits nor the second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/setlang/", language_set, name="set_language"),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
    *(path(f"api/v1/{room}/", include(f"{room}.api_urls")) for room in API_ROOMS),
    path("api/v1/hooks/in/", include("crm.incoming_api_urls")),
    path("org/", include("org.urls")),
    path("crm/", include("crm.urls")),
    path("metrics/", include("metrics.urls")),
    path("targets/", include("targets.urls")),
    path("tracking/", include("tracking.urls")),
    path("", include("dashboards.urls")),
]
