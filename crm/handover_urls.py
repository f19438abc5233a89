"""Addresses of handing records over."""

from django.urls import path

from crm import handover_views

urlpatterns = [
    path("opportunities/<int:pk>/hand-over/", handover_views.hand_over_deal, name="hand_over_deal"),
    path("leads/<int:pk>/hand-over/", handover_views.hand_over_lead, name="hand_over_lead"),
    path("accounts/<int:pk>/hand-over/", handover_views.hand_over_account, name="hand_over_account"),
    path("people/<int:pk>/hand-over/", handover_views.hand_over_book, name="hand_over_book"),
]
