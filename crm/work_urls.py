"""Addresses of what sellers write."""

from django.urls import path

from crm import followup_views

urlpatterns = [
    path("visits/new/", followup_views.visit_new, name="visit_new"),
    path("opportunities/<int:pk>/notes/", followup_views.deal_follow_up, name="deal_follow_up"),
    path("accounts/<int:pk>/notes/", followup_views.account_follow_up, name="account_follow_up"),
    path("notes/<int:pk>/done/", followup_views.follow_up_take, name="follow_up_take"),
]
