"""Pages of incoming webhooks, under /crm/incoming/."""

from django.urls import path

from crm import incoming_mapping_views, incoming_views

urlpatterns = [
    path("incoming/", incoming_views.incoming_list, name="incoming_list"),
    path("incoming/new/", incoming_views.incoming_create, name="incoming_create"),
    path("incoming/<int:pk>/", incoming_views.incoming_detail, name="incoming_detail"),
    path("incoming/<int:pk>/edit/", incoming_views.incoming_edit, name="incoming_edit"),
    path("incoming/<int:pk>/fields/", incoming_mapping_views.incoming_fields, name="incoming_fields"),
    path("incoming/<int:pk>/try/", incoming_mapping_views.incoming_try, name="incoming_try"),
    path("incoming/<int:pk>/switch/", incoming_views.incoming_turn, name="incoming_switch"),
    path("incoming/<int:pk>/secret/", incoming_views.incoming_secret, name="incoming_secret"),
    path("incoming/<int:pk>/delete/", incoming_views.incoming_remove, name="incoming_delete"),
    path("incoming/<int:pk>/retry/", incoming_views.incoming_retry_all, name="incoming_retry_all"),
    path("incoming/messages/<int:pk>/", incoming_views.incoming_message, name="incoming_message"),
    path("incoming/messages/<int:pk>/retry/", incoming_views.incoming_retry, name="incoming_retry"),
]
