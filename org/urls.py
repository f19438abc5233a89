"""Pages of this room, under /org/."""

from django.urls import path

from org.views import accounts, first_admin, hooks, people, preferences, structure, tokens

app_name = "org"
urlpatterns = [
    path("units/", structure.unit_list, name="unit_list"),
    path("units/new/", structure.unit_create, name="unit_create"),
    path("units/<int:pk>/", structure.unit_edit, name="unit_edit"),
    path("units/<int:pk>/close/", structure.unit_close_or_open, name="unit_close"),
    path("people/", people.person_list, name="person_list"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<int:pk>/", people.person_detail, name="person_detail"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/transfer/", people.person_transfer, name="person_transfer"),
    path("people/<int:pk>/leave/", people.person_leaves, name="person_leave"),
    path("people/<int:pk>/assignments/", people.person_assignments, name="person_assignments"),
    path("people/<int:pk>/invite/", people.person_invite, name="person_invite"),
    path("accounts/", accounts.account_list, name="account_list"),
    path("accounts/<int:pk>/", accounts.account_edit, name="account_edit"),
    path("accounts/<int:pk>/switch/", accounts.account_switch, name="account_switch"),
    path("invitations/<int:pk>/revoke/", accounts.invitation_end, name="invitation_revoke"),
    path("invitations/accept/<str:token>/", accounts.invitation_page, name="invitation_accept"),
    path("company/", structure.company_edit, name="company_edit"),
    path("calendar/new/", structure.calendar_day_create, name="calendar_day_create"),
    path("calendar/<int:pk>/delete/", structure.calendar_day_remove, name="calendar_day_delete"),
    path("tokens/", tokens.token_page, name="token_list"),
    path("tokens/<int:pk>/revoke/", tokens.token_end, name="token_revoke"),
    path("hooks/", hooks.hook_list, name="hook_list"),
    path("hooks/new/", hooks.hook_create, name="hook_create"),
    path("hooks/<int:pk>/", hooks.hook_detail, name="hook_detail"),
    path("hooks/<int:pk>/edit/", hooks.hook_edit, name="hook_edit"),
    path("hooks/<int:pk>/test/", hooks.hook_test, name="hook_test"),
    path("hooks/<int:pk>/switch/", hooks.hook_switch, name="hook_switch"),
    path("hooks/<int:pk>/secret/", hooks.hook_secret, name="hook_secret"),
    path("hooks/<int:pk>/delete/", hooks.hook_delete, name="hook_delete"),
    path("hooks/messages/<int:pk>/", hooks.hook_message, name="hook_message"),
    path("hooks/messages/<int:pk>/replay/", hooks.hook_replay, name="hook_replay"),
    path("audit/", accounts.audit_page, name="audit_list"),
    path("profile/", preferences.profile, name="profile"),
    path("preferences/", preferences.preferences, name="preferences"),
    path("preferences/theme/", preferences.theme_keep, name="theme_keep"),
    path("first/<str:token>/", first_admin.first_admin_page, name="first_admin"),
]
