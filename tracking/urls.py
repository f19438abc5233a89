"""Pages of this room, under /tracking/."""

from django.urls import path

from tracking import views

app_name = "tracking"
urlpatterns = [
    path("alerts/", views.alerts, name="alert_list"),
    path("alerts/<int:pk>/seen/", views.alert_acknowledge, name="alert_acknowledge"),
    path("rules/", views.rules, name="rule_list"),
    path("rules/new/", views.rule_edit, name="rule_create"),
    path("rules/<int:pk>/", views.rule_edit, name="rule_edit"),
]
