"""Splits in space and time: pages of a plan and of a target, under targets/."""

from django.urls import path

from targets import split_views

urlpatterns = [
    path("<int:target_id>/by/", split_views.target_by, name="target_by"),
]
