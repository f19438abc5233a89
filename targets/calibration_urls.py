"""Pages of calibrations, histories and versions, under targets/."""

from django.urls import path

from targets import calibration_builder as builder
from targets import calibration_people as people
from targets import calibration_views as views
from targets import history_views

urlpatterns = [
    path("plans/<int:plan_id>/calibration/", views.calibration, name="calibration"),
    path("plans/<int:plan_id>/calibration/new/", builder.calibration_new, name="calibration_new"),
    path("plans/<int:plan_id>/calibration/people/", people.calibration_people, name="calibration_people"),
    path(
        "plans/<int:plan_id>/calibration/people/<int:person_id>/",
        people.calibration_person,
        name="calibration_person",
    ),
    path("plans/<int:plan_id>/calibration/floors/", views.calibration_floors, name="calibration_floors"),
    path("plans/<int:plan_id>/versions/", history_views.plan_diff, name="plan_diff"),
    path("<int:target_id>/history/", history_views.target_history, name="target_history"),
    path("calibration/<int:calibration_id>/", views.calibration_detail, name="calibration_detail"),
    path("calibration/<int:calibration_id>/edit/", builder.calibration_edit, name="calibration_edit"),
    path("calibration/<int:calibration_id>/do/<slug:step>/", views.calibration_step, name="calibration_step"),
]
