"""Splits in space and time: pages of a plan and of a target, under targets/."""

from django.urls import path

from targets import plane_views, split_views

urlpatterns = [
    path("plans/<int:plan_id>/grid/", plane_views.plan_grid, name="plan_grid"),
    path("<int:target_id>/by/", split_views.target_by, name="target_by"),
]
