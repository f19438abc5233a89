"""REST doors of this room, under /api/v1/targets/."""

from django.urls import path

from targets import api, calibration_api, check_api, job_api, strategy_api

app_name = "targets_api"
urlpatterns = [
    path("plans", api.PlanListApi.as_view(), name="plan_list"),
    path("plans/<int:plan_id>/targets", api.PlanTargetsApi.as_view(), name="plan_targets"),
    path("plans/<int:plan_id>/strategy", strategy_api.StrategyApi.as_view(), name="strategy"),
    path("plans/<int:plan_id>/check", check_api.CheckApi.as_view(), name="check"),
    path("plans/<int:plan_id>/publish", job_api.PublishApi.as_view(), name="plan_publish"),
    path("jobs/<int:job_id>", job_api.JobApi.as_view(), name="job"),
    path(
        "plans/<int:plan_id>/calibrations",
        calibration_api.CalibrationListApi.as_view(),
        name="calibration_list",
    ),
    path(
        "calibrations/<int:calibration_id>",
        calibration_api.CalibrationApi.as_view(),
        name="calibration",
    ),
    path(
        "calibrations/<int:calibration_id>/propose",
        calibration_api.ProposeApi.as_view(),
        name="calibration_propose",
    ),
    path(
        "calibrations/<int:calibration_id>/analyse",
        calibration_api.AnalyseApi.as_view(),
        name="calibration_analyse",
    ),
    path(
        "calibrations/<int:calibration_id>/decide",
        calibration_api.DecideApi.as_view(),
        name="calibration_decide",
    ),
    path(
        "calibrations/<int:calibration_id>/publish",
        calibration_api.PublishCalibrationApi.as_view(),
        name="calibration_publish",
    ),
    path("<int:target_id>/allocate", api.AllocateApi.as_view(), name="allocate"),
    path("<int:target_id>/slices", api.SlicesApi.as_view(), name="slices"),
]
