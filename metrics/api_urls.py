"""REST doors of this room, under /api/v1/metrics/."""

from django.urls import path

from metrics import api

app_name = "metrics_api"
urlpatterns = [
    path("", api.MetricListApi.as_view(), name="metric_list"),
    path("actuals", api.ActualsApi.as_view(), name="actuals"),
]
