"""Pages of this room, under targets/."""

from django.urls import include, path

from targets import grid_views, job_views, sheet_urls, space_urls, views

app_name = "targets"
urlpatterns = [
    path("", views.plan_list, name="plan_list"),
    path("plans/<int:plan_id>/", views.plan, name="plan"),
    path("", include("targets.strategy_urls")),
    path("", include("targets.calibration_urls")),
    path("", include("targets.check_urls")),
    path("plans/<int:plan_id>/do/<slug:step>/", views.plan_step, name="plan_step"),
    path("plans/<int:plan_id>/branch/<int:target_id>/", views.plan_branch, name="plan_branch"),
    path("plans/<int:plan_id>/jobs/<int:job_id>/", job_views.plan_job, name="plan_job"),
    path("plans/<int:plan_id>/metrics/<int:metric_id>/", views.season_set, name="season_set"),
    path("<int:target_id>/allocate/", grid_views.target_allocate, name="target_allocate"),
    path("<int:target_id>/draft/", grid_views.grid_draft, name="grid_draft"),
    path("<int:target_id>/draft/discard/", grid_views.grid_draft_discard, name="grid_draft_discard"),
    path("<int:target_id>/set/", views.target_set, name="target_set"),
    path("<int:target_id>/split/", views.target_split, name="target_split"),
    path("<int:target_id>/delete/", views.target_delete, name="target_delete"),
    *sheet_urls.urlpatterns,
    *space_urls.urlpatterns,
]
