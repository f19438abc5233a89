"""REST doors of this room, under /api/v1/tracking/."""

from django.urls import path

from tracking import api

app_name = "tracking_api"
urlpatterns = [
    path("progress", api.ProgressApi.as_view(), name="progress"),
    path("alerts", api.AlertsApi.as_view(), name="alerts"),
]
