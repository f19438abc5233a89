"""Pages of this room, at the site's root."""

from django.urls import path, re_path

from dashboards import (
    company_views,
    figure_views,
    search_views,
    setup_views,
    styleguide_views,
    usage_views,
    views,
)

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("units/<int:unit_id>/", views.unit, name="unit"),
    path("people/<int:person_id>/", views.person, name="person"),
    path("company/", company_views.company, name="company"),
    path("board/", views.board, name="board"),
    path("figures/", figure_views.figure, name="figure"),
    re_path(r"^figures/rows\.(?P<kind>csv|xlsx)$", figure_views.figure_rows, name="figure_rows"),
    path("styleguide/", styleguide_views.styleguide, name="styleguide"),
    path("usage/", usage_views.usage_list, name="usage_list"),
    path("usage/<int:pk>/", usage_views.usage_detail, name="usage_detail"),
    path("search/", search_views.search, name="search"),
    path("setup/", setup_views.setup, name="setup"),
    path("setup/<str:step>/", setup_views.setup_step, name="setup_step"),
    path("setup/<str:step>/mark/", setup_views.setup_mark_set, name="setup_mark"),
]
