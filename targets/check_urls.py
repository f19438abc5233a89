"""Pages of the SMART check, under targets/."""

from django.urls import path

from targets import check_views as views

urlpatterns = [
    path("plans/<int:plan_id>/check/", views.check, name="check"),
    path("plans/<int:plan_id>/check/counts/", views.check_counts, name="check_counts"),
    path("plans/<int:plan_id>/check/<int:target_id>/", views.check_target, name="check_target"),
]
