"""Pages of this room, under /metrics/."""

from django.urls import path

from metrics import views

app_name = "metrics"
urlpatterns = [
    path("", views.metric_list, name="metric_list"),
    path("new/", views.metric_edit, name="metric_create"),
    path("<slug:code>/", views.metric_edit, name="metric_edit"),
]
