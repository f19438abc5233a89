"""Make the shipped alert rule: every metric's month, guarded against noise."""

from django.db import migrations


def make_first_rule(apps, schema_editor):
    apps.get_model("tracking", "AlertRule").objects.create(
        name="Monthly pace", grain="month", escalate_workdays=[3, 6]
    )


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_initial")]

    operations = [migrations.RunPython(make_first_rule, migrations.RunPython.noop)]
