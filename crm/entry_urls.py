"""Addresses where records are entered, changed and deleted, and what their forms ask while one types."""

from django.urls import path

from crm import convert_views, entry_views, payment_views, pick_views

# Each kind of record, the way to its pages and the name of its routes.
_KINDS = (
    ("accounts", "account"),
    ("leads", "lead"),
    ("opportunities", "opportunity"),
    ("activities", "activity"),
    ("payments", "payment"),
)

urlpatterns = [
    path("payments/", payment_views.payment_list, name="payment_list"),
    path("payments/<int:pk>/", payment_views.payment_detail, name="payment_detail"),
    path("leads/<int:pk>/convert/", convert_views.lead_conversion, name="lead_convert"),
    path("pick/<slug:kind>/", pick_views.pick, name="pick"),
    path("alike/", pick_views.alike, name="alike"),
]
for _resource, _name in _KINDS:
    _of = {"resource": _resource}
    urlpatterns += [
        path(f"{_resource}/new/", entry_views.record_new, _of, name=f"{_name}_new"),
        path(f"{_resource}/<int:pk>/edit/", entry_views.record_change, _of, name=f"{_name}_edit"),
        path(f"{_resource}/<int:pk>/delete/", entry_views.record_delete, _of, name=f"{_name}_delete"),
    ]
