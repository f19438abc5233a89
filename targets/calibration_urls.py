"""Pages of calibrations, under targets/."""

from django.urls import path

from targets import calibration_builder as builder
from targets import calibration_views as views

urlpatterns = [
    path("plans/<int:plan_id>/calibration/", views.calibration, name="calibration"),
    path("plans/<int:plan_id>/calibration/new/", builder.calibration_new, name="calibration_new"),
    path("plans/<int:plan_id>/calibration/floors/", views.calibration_floors, name="calibration_floors"),
    path("calibration/<int:calibration_id>/", views.calibration_detail, name="calibration_detail"),
    path("calibration/<int:calibration_id>/edit/", builder.calibration_edit, name="calibration_edit"),
    path("calibration/<int:calibration_id>/do/<slug:step>/", views.calibration_step, name="calibration_step"),
]
