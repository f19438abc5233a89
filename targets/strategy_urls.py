"""Pages of the strategy, under targets/."""

from django.urls import path

from targets import strategy_views as views

urlpatterns = [
    path("plans/<int:plan_id>/strategy/", views.strategy, name="strategy"),
    path("strategy/<int:line_id>/", views.strategy_line, name="strategy_line"),
    path("strategy/<int:line_id>/links/", views.strategy_links, name="strategy_links"),
    path("strategy/<int:line_id>/tilts/", views.strategy_tilts, name="strategy_tilts"),
    path("strategy/<int:line_id>/do/<slug:step>/", views.strategy_step, name="strategy_step"),
]
