"""Addresses of a plan's spreadsheets."""

from django.urls import path

from targets import sheet_views

urlpatterns = [
    path("plans/<int:plan_id>/sheet/", sheet_views.plan_sheet, name="plan_sheet"),
    path("plans/<int:plan_id>/sheet/plan.xlsx", sheet_views.plan_sheet_file, name="plan_sheet_file"),
    path("sheets/<int:sheet_id>/", sheet_views.sheet_trial, name="sheet_trial"),
    path("sheets/<int:sheet_id>/<slug:step>/", sheet_views.sheet_decide, name="sheet_decide"),
]
