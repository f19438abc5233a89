"""Pages of this room, at the site's root."""

from django.urls import path

from dashboards import search_views, views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("units/<int:unit_id>/", views.unit, name="unit"),
    path("people/<int:person_id>/", views.person, name="person"),
    path("board/", views.board, name="board"),
    path("figures/", views.figure, name="figure"),
    path("search/", search_views.search, name="search"),
]
