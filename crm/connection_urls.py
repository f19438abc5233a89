"""Pages of connections, under /crm/connections/."""

from django.urls import path

from crm import comparison_views as comparison
from crm import connection_setup_views as setup
from crm import connection_views as views
from crm import rest_views as rest

_ONE = "connections/<int:pk>/"
urlpatterns = [
    path("connections/", views.connection_list, name="connection_list"),
    path("connections/trouble/", views.connection_trouble, name="connection_trouble"),
    path("connections/new/", setup.connection_kinds, name="connection_kinds"),
    path("connections/new/<slug:kind>/", setup.connection_new, name="connection_new"),
    path("connections/try/<slug:kind>/", setup.connection_try, name="connection_try"),
    path(_ONE, views.connection_detail, name="connection_detail"),
    path(f"{_ONE}edit/", setup.connection_edit, name="connection_edit"),
    path(f"{_ONE}mapping/", setup.connection_mapping, name="connection_mapping"),
    path(f"{_ONE}lists/", rest.rest_lists, name="rest_lists"),
    path(f"{_ONE}lists/<slug:resource>/", rest.rest_list, name="rest_list"),
    path(f"{_ONE}lists/<slug:resource>/try/", rest.rest_try, name="rest_try"),
    path(f"{_ONE}progress/", views.connection_progress, name="connection_progress"),
    path(f"{_ONE}test/", setup.connection_test, name="connection_test"),
    path(f"{_ONE}switch/", views.connection_switch, name="connection_switch"),
    path(f"{_ONE}run/", views.connection_run, name="connection_run"),
    path(f"{_ONE}reset/", views.connection_reset, name="connection_reset"),
    path(f"{_ONE}missing/", views.connection_missing, name="connection_missing"),
    path(f"{_ONE}delete/", views.connection_delete, name="connection_delete"),
    path(f"{_ONE}refused.csv", views.connection_refused, name="connection_refused"),
    path(f"{_ONE}comparison/", comparison.connection_comparison, name="connection_comparison"),
    path(f"{_ONE}compare/", comparison.connection_compare, name="connection_compare"),
    path(
        f"{_ONE}records/<slug:resource>/<str:month>/",
        comparison.connection_records,
        name="connection_records",
    ),
]
