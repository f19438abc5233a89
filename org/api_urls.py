"""REST doors of this room, under /api/v1/org/."""

from django.urls import path

from org import api

app_name = "org_api"
urlpatterns = [
    path("units", api.UnitListApi.as_view(), name="unit_list"),
    path("units/bulk", api.UnitBulkApi.as_view(), name="unit_bulk"),
    path("units/<str:source>/<path:external_id>", api.UnitDetailApi.as_view(), name="unit_detail"),
    path("people", api.PersonListApi.as_view(), name="person_list"),
    path("people/bulk", api.PersonBulkApi.as_view(), name="person_bulk"),
    path("people/<str:source>/<path:external_id>", api.PersonDetailApi.as_view(), name="person_detail"),
]
