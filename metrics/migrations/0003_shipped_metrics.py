"""Make the shipped metrics (rows that exist already are left as they are)."""

from django.db import migrations

from metrics.shipped import SHIPPED


def make_shipped_metrics(apps, schema_editor):
    Metric = apps.get_model("metrics", "Metric")
    by_code = {metric.code: metric for metric in Metric.objects.all()}
    for position, definition in enumerate(SHIPPED):
        if definition["code"] in by_code:
            continue
        parts = {
            name: by_code[definition[name]] for name in ("numerator", "denominator") if name in definition
        }
        by_code[definition["code"]] = Metric.objects.create(
            **{**definition, **parts}, position=position, is_shipped=True
        )


class Migration(migrations.Migration):
    dependencies = [("metrics", "0002_changed_actual")]

    operations = [migrations.RunPython(make_shipped_metrics, migrations.RunPython.noop)]
