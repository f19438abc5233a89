"""Index snapshots in the order in which they are stored; units come early in it and need none of their own."""

import django.db.models.functions.comparison
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tracking", "0003_cache_keys")]

    operations = [
        migrations.RemoveConstraint(
            model_name="snapshot",
            name="snapshot_key",
        ),
        migrations.RemoveIndex(
            model_name="snapshot",
            name="snapshot_unit",
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(
                models.F("as_of"),
                models.F("grain"),
                models.F("unit"),
                django.db.models.functions.comparison.Coalesce("person", models.Value(0)),
                models.F("metric"),
                django.db.models.functions.comparison.Coalesce("product_line", models.Value(0)),
                django.db.models.functions.comparison.Coalesce("region", models.Value(0)),
                django.db.models.functions.comparison.Coalesce("customer_type", models.Value(0)),
                name="snapshot_key",
            ),
        ),
    ]
