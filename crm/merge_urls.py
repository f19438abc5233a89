"""Addresses of merging, under /crm/."""

from django.urls import path

from crm import merge_views

ACCOUNTS, LEADS = {"resource": "accounts"}, {"resource": "leads"}
urlpatterns = [
    path("accounts/merge/", merge_views.merge, ACCOUNTS, name="account_merge"),
    path("accounts/merge/exact/", merge_views.merge_exact, name="account_merge_exact"),
    path("accounts/<int:pk>/merge/", merge_views.merge_with, ACCOUNTS, name="account_merge_with"),
    path("leads/merge/", merge_views.merge, LEADS, name="lead_merge"),
    path("leads/<int:pk>/merge/", merge_views.merge_with, LEADS, name="lead_merge_with"),
    path("merges/<int:pk>/undo/", merge_views.undo, name="merge_undo"),
]
