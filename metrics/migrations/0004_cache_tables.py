"""Lay the two caches out anew: the natural key as primary key, no look-ups of keys that facts checked."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0001_initial"),
        ("metrics", "0003_shipped_metrics"),
        ("crm", "0001_initial"),
        ("org", "0001_initial"),
    ]

    operations = [
        migrations.DeleteModel(name="DailyActual"),
        migrations.DeleteModel(name="UnitDailyActual"),
        migrations.AlterField(
            model_name="changedactual",
            name="metric",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="metrics.metric",
            ),
        ),
        migrations.AlterField(
            model_name="changedactual",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="org.person",
            ),
        ),
        migrations.AlterField(
            model_name="changedactual",
            name="unit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="org.unit",
            ),
        ),
        migrations.CreateModel(
            name="UnitDailyActual",
            fields=[
                ("day", models.DateField()),
                ("value", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "unit_id",
                        "metric_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "metric",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="metrics.metric",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DailyActual",
            fields=[
                ("day", models.DateField()),
                ("value", models.BigIntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "person_id",
                        "day",
                        "metric_id",
                        "unit_id",
                        "product_line_id",
                        "region_id",
                        "customer_type_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "customer_type",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm.segment",
                    ),
                ),
                (
                    "metric",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="metrics.metric",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.person",
                    ),
                ),
                (
                    "product_line",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm.segment",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crm.segment",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="org.unit",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["unit", "metric", "day"], name="dailyactual_unit_metric_day")
                ],
            },
        ),
    ]
