"""Addresses of what sellers write."""

from django.urls import path

from crm import board_views, followup_views, work_views

urlpatterns = [
    path("board/", board_views.board, name="board"),
    path("opportunities/<int:pk>/stage/", board_views.deal_move, name="deal_move"),
    path("accounts/<int:pk>/timeline/", work_views.account_timeline, name="account_timeline"),
    path("visits/new/", followup_views.visit_new, name="visit_new"),
    path("opportunities/<int:pk>/notes/", followup_views.deal_follow_up, name="deal_follow_up"),
    path("accounts/<int:pk>/notes/", followup_views.account_follow_up, name="account_follow_up"),
    path("notes/<int:pk>/done/", followup_views.follow_up_take, name="follow_up_take"),
]
