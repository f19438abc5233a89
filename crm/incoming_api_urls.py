"""Where other systems push records, under /api/v1/hooks/in/."""

from django.urls import path

from crm.incoming_api import IncomingApi, IncomingTokenApi

app_name = "hooks_api"
urlpatterns = [
    path("<str:public_id>", IncomingApi.as_view(), name="in"),
    path("<str:public_id>/<str:token>", IncomingTokenApi.as_view(), name="in_token"),
]
