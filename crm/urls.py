"""Pages of this room, under /crm/."""

from django.urls import path

from crm import (
    connection_urls,
    entry_urls,
    handover_urls,
    import_urls,
    incoming_urls,
    merge_urls,
    quality_views,
    views,
    work_urls,
    work_views,
)

app_name = "crm"
urlpatterns = [
    path("opportunities/", views.opportunity_list, name="opportunity_list"),
    path("opportunities/<int:pk>/", views.opportunity_detail, name="opportunity_detail"),
    path("accounts/", views.account_list, name="account_list"),
    path("accounts/<int:pk>/", views.account_detail, name="account_detail"),
    path("quality/", quality_views.quality, name="quality"),
    path("quality/<slug:check>/", quality_views.quality_rows, name="quality_rows"),
    path("leads/", work_views.lead_list, name="lead_list"),
    path("leads/<int:pk>/", work_views.lead_detail, name="lead_detail"),
    path("activities/", work_views.activity_list, name="activity_list"),
    *entry_urls.urlpatterns,
    *connection_urls.urlpatterns,
    *import_urls.urlpatterns,
    *merge_urls.urlpatterns,
    *incoming_urls.urlpatterns,
    *work_urls.urlpatterns,
    *handover_urls.urlpatterns,
]
