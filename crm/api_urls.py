"""REST doors of this room, under /api/v1/crm/."""

from django.urls import path

from crm.api import doors
from crm.api_docs import DOCS
from crm.merge_api import AccountMergeApi
from crm.quality_api import QualityApi

app_name = "crm_api"
urlpatterns = [
    path("quality", QualityApi.as_view(), name="quality"),
    path("accounts/merge", AccountMergeApi.as_view(), name="account_merge"),
]
for _resource, _doc in DOCS.items():
    _list, _bulk, _detail = doors(_resource)
    urlpatterns += [
        path(_resource, _list, name=f"{_doc.singular}_list"),
        path(f"{_resource}/bulk", _bulk, name=f"{_doc.singular}_bulk"),
        path(f"{_resource}/<str:source>/<path:external_id>", _detail, name=f"{_doc.singular}_detail"),
    ]
